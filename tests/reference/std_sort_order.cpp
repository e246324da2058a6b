// Order of equal keys after std::partial_sort and std::sort; writes std_sort_order.csv beside it:
//   g++ -O2 -o std_sort_order std_sort_order.cpp && ./std_sort_order > std_sort_order.csv
// Lists are separated by blanks: the keys, the positions of the `count` smallest in the order of
// std::partial_sort, and all positions in the order of std::sort.
#include <algorithm>
#include <iostream>
#include <numeric>
#include <random>
#include <vector>

using List = std::vector<int>;

static void print(const List& list, std::size_t length, char end) {
  for (std::size_t i = 0; i < length; i++) std::cout << (i ? " " : "") << list[i];
  std::cout << end;
}

int main() {
  std::mt19937 random(20240229);
  std::cout << "library,count,keys,partial_sort,sort\n";
  for (int example = 0; example < 120; example++) {
    const int length = 1 + static_cast<int>(random() % (example < 80 ? 16 : 90));
    const int levels = 1 + static_cast<int>(random() % (example % 2 ? 3 : 12));
    const int count = 1 + static_cast<int>(random() % length);
    List keys(length), part(length), whole(length);
    for (int& key : keys) key = static_cast<int>(random() % levels);
    std::iota(part.begin(), part.end(), 0);
    whole = part;
    const auto smaller = [&keys](int a, int b) { return keys[a] < keys[b]; };
    std::partial_sort(part.begin(), part.begin() + count, part.end(), smaller);
    std::sort(whole.begin(), whole.end(), smaller);
    std::cout << "libstdc++ " << __GLIBCXX__ << ',' << count << ',';
    print(keys, keys.size(), ',');
    print(part, static_cast<std::size_t>(count), ',');
    print(whole, whole.size(), '\n');
  }
}
