"""Who writes and who looks: passed explicitly, never ambient."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Who causes a write. `kind` is staff, key, import, system; `name` is for the trail."""

    kind: str
    name: str
    id: int | None = None

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


SYSTEM = Actor("system", "goen")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who reads about people, and what for. `sees_names` is false for masked roles."""

    name: str
    role: str
    purpose: str = "service"
    sees_names: bool = True
