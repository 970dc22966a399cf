"""The first words of a mail, from what its measure says. Pure.

The measure's reason and evidence are for the shop's eyes; none of them is told to a shopper.
"""

from collections.abc import Mapping
from typing import Any

MOST_PRODUCTS = 3
_WORDS = {
    "ja": {
        "subject": "{{ name | default: 'お客様' }}へ、{{ shop }}からのお知らせ",
        "hello": "{{ name | default: 'お客様' }}",
        "body": "いつも{{ shop }}をご利用いただき、ありがとうございます。",
        "about": "お客様にお知らせしたいことがあり、ご連絡しました。",
        "see": "くわしく見る",
    },
    "en": {
        "subject": "{{ name | default: 'For you' }}: news from {{ shop }}",
        "hello": "Dear {{ name | default: 'customer' }},",
        "body": "Thank you for shopping with {{ shop }}.",
        "about": "We have something that may interest you.",
        "see": "See more",
    },
}


def first(
    content: Mapping[str, Any], *, about: str, language: str
) -> tuple[str, list[dict[str, Any]]]:
    """Subject and parts: a greeting, what it is about, the products, the coupon, and one button."""
    words = _WORDS[language]
    said = plainly(about) or words["about"]
    parts: list[dict[str, Any]] = [
        {"kind": "heading", "text": words["hello"]},
        {"kind": "text", "text": f"{words['body']}\n\n{said}"},
    ]
    skus = list(content["skus"])[:MOST_PRODUCTS]
    parts += [{"kind": "product", "sku_id": sku_id} for sku_id in skus]
    if content["coupon_kind"]:
        parts.append({"kind": "coupon"})
    parts.append({"kind": "button", "text": words["see"], "href": "landing"})
    return words["subject"], parts


def plainly(text: str) -> str:
    """Text somebody typed without knowing of fields: braces stay what they look like."""
    return text.strip().replace("{{", "{ {").replace("{%", "{ %")
