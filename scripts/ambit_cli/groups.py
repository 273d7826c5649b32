"""Groups of commands that do the usual thing when no command is named."""

from typing import Any

from typer.core import TyperGroup

_HELP = ("-h", "--help")


class ListsByDefault(TyperGroup):
    """`ambit runs` and `ambit runs --limit 5` are `ambit runs list …`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `list` before options that are not the group's own."""
        names_a_command = bool(args) and (args[0] in _HELP or not args[0].startswith("-"))
        return super().parse_args(ctx, args if names_a_command else ["list", *args])


class MakesByDefault(TyperGroup):
    """`ambit bundle echo-agent -o FILE` is `ambit bundle make …`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `make` before what names no command."""
        names_a_command = not args or args[0] in _HELP or args[0] in self.commands
        return super().parse_args(ctx, args if names_a_command else ["make", *args])
