"""A mail before it has a reader: what was written, and what is the same for everybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from goen.marketing.messages_parts import Part


@dataclass(frozen=True, slots=True)
class Footer:
    """What the law wants under every advertising mail."""

    sender_name: str
    postal_address: str
    contact: str

    @property
    def lacks(self) -> tuple[str, ...]:
        """The settings that are missing for it."""
        given = {
            "mail.sender_name": self.sender_name,
            "mail.postal_address": self.postal_address,
            "mail.contact": self.contact,
        }
        return tuple(name for name, value in given.items() if not value.strip())


@dataclass(frozen=True, slots=True)
class Product:
    """A product as a mail shows it: its name and its price in words, tax included."""

    name: str
    price: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail to be rendered: what was written, and what is the same for everybody."""

    subject: str
    preheader: str
    parts: Sequence[Part]
    language: str
    footer: Footer
    products: Mapping[int, Product]
    pictures: str
    """The beginning of the addresses of pictures."""
