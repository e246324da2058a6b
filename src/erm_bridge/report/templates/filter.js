"use strict";
(() => {
  // Columns of the table: verdict, stage, quantity, term, component, input, and what is compared.
  const CHOICES = { verdict: 0, stage: 1, given: 5 };
  const SEARCHED = [1, 2, 3, 4];
  // A browser takes a second to lay out ten thousand rows: more than these are shown when asked for.
  const MOST = 1000;
  const PAUSE = 120;

  const part = (name) => document.getElementById(`filter-${name}`);
  const body = document.getElementById("rows").tBodies[0];
  const rows = Array.from(body.rows, (row) => ({
    row,
    text: SEARCHED.map((place) => row.cells[place].textContent).join(" ").toLowerCase(),
    choices: Object.fromEntries(
      Object.entries(CHOICES).map(([name, place]) => [name, row.cells[place].textContent]),
    ),
  }));
  const counted = (count) => count.toLocaleString("en");
  const show = (found) => body.replaceChildren(...found.map(({ row }) => row));

  const apply = (most = MOST) => {
    const words = part("text").value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = Object.keys(CHOICES).map((name) => [name, part(name).value]).filter(([, value]) => value);
    const found = rows.filter(
      ({ text, choices }) =>
        words.every((word) => text.includes(word)) && wanted.every(([name, value]) => choices[name] === value),
    );
    const cut = found.length > most;
    show(cut ? found.slice(0, most) : found);
    part("count").value =
      `${counted(found.length)} of ${counted(rows.length)} rows${cut ? `, the first ${counted(most)} shown` : ""}`;
    part("all").hidden = !cut;
    part("clear").disabled = !words.length && !wanted.length;
  };

  let pending;
  part("text").addEventListener("input", () => {
    clearTimeout(pending);
    pending = setTimeout(apply, PAUSE);
  });
  Object.keys(CHOICES).forEach((name) => part(name).addEventListener("change", () => apply()));
  part("all").addEventListener("click", () => apply(Infinity));
  part("clear").addEventListener("click", () => {
    ["text", ...Object.keys(CHOICES)].forEach((name) => { part(name).value = ""; });
    apply();
    part("text").focus();
  });
  // Paper shows the rows that fail, whatever is filtered on the screen.
  addEventListener("beforeprint", () => show(rows));
  addEventListener("afterprint", () => apply());

  document.getElementById("filter").hidden = false;
  apply();
})();
