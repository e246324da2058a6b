"""The command line: parse, call, print, exit code. The only file that prints."""

import gc
import io
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from erm_bridge import interruption
from erm_bridge.errors import EngineError, ErmBridgeError, InputError
from erm_bridge.printable import printable

if TYPE_CHECKING:
    from erm_bridge.run_folder import RunFolder


# What a shell gives for a program that wrote to a closed pipe (128 + SIGPIPE), as `| head` leaves it.
_PIPE_CLOSED = 141

# How the system, the loader of libraries and those that start threads tell of a lack of memory.
_LACK_OF_MEMORY = (
    "cannot allocate memory",
    "failed to map segment",
    "can't start new thread",
    "resource temporarily unavailable",
)


class _Group(click.Group):
    """Exits with 2 on every mistake of the user, with the error's own code on errors of erm-bridge."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command and translate exceptions into exit codes; 1 is left to rows that differ."""
        kwargs["standalone_mode"] = False
        try:
            code = self._finish(*args, **kwargs)
        except click.ClickException as error:
            said = io.StringIO()
            error.show(said)
            _tell(said.getvalue().rstrip("\n"))
            sys.exit(InputError.exit_code)
        except ErmBridgeError as error:
            _tell(f"error: {error}")
            sys.exit(error.exit_code)
        except (click.Abort, KeyboardInterrupt):
            _tell("interrupted")
            sys.exit(130)
        except SystemExit:
            # Without standalone mode click itself exits for one reason only.
            sys.exit(_PIPE_CLOSED)
        except Exception as error:
            told = _lack_of_memory(error)
            if told is None:
                _tell(traceback.format_exc().rstrip("\n"))
                told = "this is a bug in erm-bridge; please report it with the lines above"
            _tell(f"error: {told}")
            sys.exit(EngineError.exit_code)
        sys.exit(code or 0)

    def _finish(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command; one that is being ended says nothing of what that broke."""
        try:
            return super().main(*args, **kwargs)
        finally:
            interruption.wait_if_ending()


def _lack_of_memory(error: Exception) -> str | None:
    """Say that an error comes from a lack of memory, if it does: also libraries and threads need some."""
    lines = str(error).splitlines() or [""]
    told = [line for line in lines if any(words in line.lower() for words in _LACK_OF_MEMORY)]
    if not told and not isinstance(error, MemoryError):
        return None
    return f"not enough memory; use fewer rows or columns ({(told or lines)[0].strip()})"


@click.group(cls=_Group)
@click.version_option(package_name="erm-bridge")
def main() -> None:
    """Run an observational study in R and in Python and compare them number by number."""
    # It tells when it lists the fonts of a machine, and where it keeps the list: no one has asked.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)


@main.command()
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--data", metavar="F", help="Data file (or r:package::name) to use instead of the study's.")
@click.option("--engine", "engines", multiple=True, metavar="NAME", help="python or r; give twice for both.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Run folder.  [runs/<study>]")
@click.option("--overwrite", is_flag=True, help="Replace an existing run folder.")
@click.option("--seed", type=int, metavar="N", help="Seed to use instead of the study's.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a key of the study file.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--allow-known-defects", is_flag=True, help="Run although a package has a known defect.")
def run(
    study: Path,
    data: str | None,
    engines: tuple[str, ...],
    out: Path | None,
    overwrite: bool,
    seed: int | None,
    settings: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    allow_known_defects: bool,
) -> int:
    """Run STUDY (a study file, or a folder that holds study.yml) and write a run folder."""
    # A run is short and keeps nearly all that it makes: looking for garbage costs a twentieth of it.
    gc.set_threshold(100_000, 50, 50)
    from erm_bridge import api
    from erm_bridge.run_folder import LOG
    from erm_bridge.verdict import failed

    finished, content = api.run_study(
        study,
        data=data,
        engines=engines,
        out=lambda name: Path("runs") / name if out is None else out,
        overwrite=overwrite,
        seed=seed,
        settings=settings,
        allow_known_defects=allow_known_defects,
        progress=_progress(quiet),
    )
    if not quiet and content is not None:
        _print_summary(content, as_json)
    for engine, status in finished.status.items():
        if failed(status):
            _tell(f"{engine}: {status}")
        if engine in finished.logs and content is not None:
            _tell(f"{engine}: its log is {content.path / LOG.format(engine)}")
    return finished.exit_code


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def crosscheck(folder: Path, as_json: bool) -> int:
    """Compare the engines' tables in a run folder anew and rewrite its reports."""
    from erm_bridge import run_folder

    content = run_folder.read(folder).crosschecked()
    run_folder.rewrite_reports(content, crosscheck=True)
    _print_summary(content, as_json)
    return content.exit_code


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def report(folder: Path) -> int:
    """Write the reports of a run folder anew from its tables; the exit code is that of the run."""
    from erm_bridge import run_folder

    content = run_folder.read(folder)
    run_folder.rewrite_reports(content, crosscheck=False)
    _print(str(folder / run_folder.HTML))
    return content.exit_code


@main.command()
@click.argument("name", metavar="NAME")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", required=True, help=".csv, .parquet or .dta."
)
@click.option("--rows", type=int, metavar="N", help="Persons; by default as the survey has it.")
@click.option("--seed", type=int, metavar="N", help="The same seed gives the same survey.")
@click.option("--effect", type=float, metavar="X", help="True effect in index points, on average.")
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
def simulate(
    name: str, out: Path, rows: int | None, seed: int | None, effect: float | None, overwrite: bool
) -> None:
    """Write the simulated survey NAME (cmds2017) to a file."""
    from erm_bridge.simulate import SURVEYS, check_target, write

    if name not in SURVEYS:
        raise InputError(f"no survey {name!r} to simulate; choose from: {', '.join(SURVEYS)}")
    check_target(out, overwrite)
    given = {"rows": rows, "seed": seed, "effect": effect}
    survey = SURVEYS[name](**{key: value for key, value in given.items() if value is not None})
    write(survey, out)
    about = survey.metadata
    realised = about["effect"]["realised"]
    truth = "not defined for so few rows" if realised is None else f"{realised:.2f} index points"
    _print(f"{out}: {about['rows']:,} simulated rows, seed {about['seed']}; true effect in them: {truth}")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option("--install", "wants_install", is_flag=True, help="Install the R packages first.")
@click.option("--mirror", metavar="URL", help="CRAN mirror to install from.  [the one R is set up for]")
def doctor(as_json: bool, wants_install: bool, mirror: str | None) -> int:
    """Say what is installed, what fits together, and which known defects apply.

    With --install the R packages of erm-bridge are installed first, in the versions it is tested with, into
    your own library of R (R_LIBS_USER). What is there already in that version stays as it is.
    """
    from erm_bridge import doctor as examination

    if mirror is not None and not wants_install:
        raise click.UsageError("--mirror goes with --install")
    if wants_install:
        from erm_bridge.bridge.installing import install

        install(mirror or "", _tell)
    found = examination.examine()
    _print(json.dumps(found.to_dict(), indent=2) if as_json else "\n".join(found.lines()))
    return 0 if found.ok else 3


def _print_summary(content: "RunFolder", as_json: bool) -> None:
    from erm_bridge import report

    data = content.report
    if as_json:
        # In ASCII: it is JSON whatever the encoding of standard output.
        _print(json.dumps(report.as_json(data), indent=2))
    else:
        _print("\n".join(report.summary_lines(data, content.path)))


def _progress(quiet: bool) -> Callable[[str], None]:
    """Say on standard error what is being done, where that is a terminal."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        return lambda message: None

    def say(message: str) -> None:
        # "interrupted" is the last that is said.
        interruption.wait_if_ending()
        _tell(f"  {message} ...")

    return say


def _print(text: str) -> None:
    """Print what was asked for.

    Raises
    ------
    InputError
        Standard output takes nothing, such as a file on a full disk. A closed pipe is click's to handle.
    """
    try:
        click.echo(printable(text))
    except BrokenPipeError:
        raise
    except OSError as error:
        _give_up(sys.stdout)
        raise InputError(f"standard output cannot be written to: {error.strerror}") from None


def _tell(text: str) -> None:
    """Say something on standard error, where there is one that takes it."""
    try:
        click.echo(printable(text), err=True)
    except OSError:
        _give_up(sys.stderr)


def _give_up(stream: TextIO) -> None:
    """Let a stream that takes nothing lead nowhere: Python tries again at its end, and exits with 120."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
