"""Which tables are about people, and what of them is told to somebody who asks for their data.

Promises: each table that is about people stands in `SECTIONS`, whole, or in `NOT_THEIRS` with the
reason why not (a test goes through every table of the shop, so that none is forgotten).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """Rows `x` of a table that are of a person, told under `name`.

    `of` may use %(records)s, %(persons)s (now and before records came together), %(subjects)s (the
    same as texts such as `person:7`); `also` adds values by name; `only` tells these columns alone.
    """

    name: str
    table: str
    of: str
    joins: str = ""
    also: str = ""
    only: tuple[str, ...] = ()


_MINE = "x.record_id = ANY(%(records)s)"
_ME = "x.person_id = ANY(%(persons)s)"
_SOLD = "o.record_id = ANY(%(records)s)"
_ORDER = "JOIN orders_order o ON o.id = x.order_id"
_NUMBER = "'document', o.source_no"
_SLIP = "JOIN orders_slip p ON p.id = x.slip_id JOIN orders_order o ON o.id = p.order_id"
_PAID = "JOIN orders_order o ON o.uid = x.document"
_ACCOUNTS = "(SELECT account_id FROM points_membership WHERE record_id = ANY(%(records)s))"
_DEVICES = """(SELECT l.visitor_id FROM behaviour_login l WHERE l.record_id = ANY(%(records)s)
  AND NOT EXISTS (SELECT FROM behaviour_login n WHERE n.visitor_id = l.visitor_id
                  AND n.record_id <> ALL(%(records)s)))"""
_MEASURE = "'measure', (SELECT v.title FROM marketing_version v WHERE v.measure_id = {} ORDER BY v.n DESC LIMIT 1)"  # noqa: E501
_BOTH = "x.record_a_id = ANY(%(records)s) AND x.record_b_id = ANY(%(records)s)"
_ONE = "(x.record_a_id = ANY(%(records)s)) <> (x.record_b_id = ANY(%(records)s))"

SECTIONS = (
    Section("systems_that_know_you", "customers_record", "x.id = ANY(%(records)s)"),
    Section("details", "customers_detail", _MINE),
    Section("credentials", "customers_credential", _MINE),
    Section("consents_told", "customers_consent", _MINE),
    Section("search_words", "customers_searchkey", _MINE),
    Section("numbers", "customers_personof", _MINE, only=("person_id", "own_id")),
    Section("persons", "customers_person", "x.id = ANY(%(persons)s)", only=("created_at",)),
    Section("joined", "customers_edge", _BOTH),
    Section(
        "apart_from_others",
        "customers_edge",
        _ONE,
        only=("kind", "rule", "created_at", "closed_at"),
    ),
    Section("erased", "customers_erasure", _MINE),
    Section("asked", "customers_request", _MINE),
    Section("sign_ins", "customers_signin", _MINE),
    Section("sessions", "customers_session", _MINE),
    Section(
        "delivered_to",
        "customers_address",
        _SOLD,
        "JOIN orders_delivery d ON d.address_id = x.id JOIN orders_order o ON o.id = d.order_id",
        _NUMBER,
    ),
    Section("documents", "orders_order", _MINE),
    Section("lines", "orders_line", _SOLD, _ORDER, _NUMBER),
    Section("taxes", "orders_tax", _SOLD, _ORDER, _NUMBER),
    Section("deliveries", "orders_delivery", _SOLD, _ORDER, _NUMBER),
    Section("acts", "orders_slip", _SOLD, _ORDER, _NUMBER),
    Section("act_lines", "orders_slipline", _SOLD, _SLIP, f"{_NUMBER}, 'act', p.kind"),
    Section("act_taxes", "orders_sliptax", _SOLD, _SLIP, f"{_NUMBER}, 'act', p.kind"),
    Section("standings", "orders_standing", _SOLD, _ORDER, _NUMBER),
    Section("exceptions", "orders_exception", _SOLD, _ORDER, _NUMBER),
    Section("coupons_used", "orders_couponuse", _SOLD, _ORDER, _NUMBER),
    Section("claims", "orders_claim", _MINE, _ORDER, _NUMBER),
    Section("paid", "payments_tender", _SOLD, _PAID, _NUMBER),
    Section("given_back", "payments_refund", _SOLD, _PAID, _NUMBER),
    Section("memberships", "points_membership", _MINE),
    Section("point_accounts", "points_account", f"x.id IN {_ACCOUNTS}"),
    Section("point_lots", "points_lot", f"x.account_id IN {_ACCOUNTS}"),
    Section(
        "point_uses",
        "points_use",
        f"l.account_id IN {_ACCOUNTS}",
        "JOIN points_lot l ON l.id = x.lot_id",
    ),
    Section("points_to_come", "points_earning", f"x.account_id IN {_ACCOUNTS}"),
    Section("points_given", "points_grant", f"x.account_id IN {_ACCOUNTS}"),
    Section("points_lent", "points_loan", _MINE),
    Section("coupons", "points_coupon", _MINE),
    Section("reasons", "behaviour_reason", _MINE),
    Section("devices", "behaviour_visitor", f"x.id IN {_DEVICES}"),
    Section("devices_named_with_you", "behaviour_login", _MINE),
    Section("events", "behaviour_event", f"{_MINE} OR x.visitor_id IN {_DEVICES}"),
    Section("figures", "insight_personfigure", _ME),
    Section("forecast", "insight_forecast", _ME),
    Section("rank", "insight_personrank", _ME),
    Section("compared_as", "insight_arm", _MINE),
    Section("could_be_proposed", "insight_candidate", _ME),
    Section(
        "lists",
        "marketing_target",
        _MINE,
        "JOIN marketing_targetlist t ON t.id = x.target_list_id",
        f"{_MEASURE.format('t.measure_id')}, 'made_at', t.made_at, 'channel', t.channel",
    ),
    Section(
        "letters",
        "marketing_delivery",
        _MINE,
        "JOIN marketing_run r ON r.id = x.run_id JOIN marketing_message m ON m.id = r.message_id",
        f"{_MEASURE.format('r.measure_id')}, 'subject', m.subject",
    ),
    Section("proposals", "marketing_proposal", _MINE),
    Section(
        "proposals_shown",
        "marketing_showing",
        "p.record_id = ANY(%(records)s)",
        "JOIN marketing_proposal p ON p.id = x.proposal_id",
    ),
    Section(
        "scenarios",
        "marketing_journey",
        _MINE,
        "JOIN marketing_scenario s ON s.id = x.scenario_id",
        _MEASURE.format("s.measure_id"),
    ),
    Section(
        "scenario_steps",
        "marketing_stepdone",
        "j.record_id = ANY(%(records)s)",
        "JOIN marketing_journey j ON j.id = x.journey_id JOIN marketing_step s ON s.id = x.step_id",
        "'kind', s.kind",
    ),
    Section("tasks_about_you", "marketing_task", _MINE),
    Section("decided_by_itself", "marketing_decision", "x.subject = ANY(%(subjects)s)"),
    Section("told_by_other_systems", "links_broughttrait", _MINE),
    Section(
        "coupons_of_other_systems",
        "links_broughtredemption",
        _MINE,
        "JOIN links_broughtcoupon b ON b.id = x.coupon_id",
        "'coupon', b.number",
    ),
    Section(
        "told_to_other_systems",
        "links_delivery",
        "x.key = ANY(%(subjects)s)",
        "JOIN links_subscriber s ON s.id = x.subscriber_id",
        "'to', s.address",
        ("kind", "state", "created_at", "settled_at"),
    ),
    Section(
        "who_looked_and_what_changed",
        "kit_trail",
        "(x.kind = 'person' AND x.subject IN (SELECT unnest(%(persons)s::bigint[])::text))"
        " OR (x.kind = 'record' AND x.subject IN (SELECT unnest(%(records)s::bigint[])::text))",
        "",
        "'purpose', x.detail ->> 'purpose'",
        ("at", "verb", "kind"),
    ),
)
NOT_THEIRS: Mapping[str, str] = {
    "customers_candidate": "a question whether somebody else is the same person, not answered yet",
    "customers_suppression": "hashes of addresses; told under `barred`",
    "insight_comparison": "counts people",
    "insight_goeswith": "counts people",
    "insight_peopleset": "numbers of people who fulfil a condition, forgotten after two days",
    "insight_skufigure": "figures of an article",
    "kit_notice": "numbers alone, written for what is told elsewhere here",
    "ledger_move": "what documents and points come to, by number",
    "ledger_pending": "what documents and points come to, by number",
    "links_parkedrow": "told under `rows_not_loaded`",
}
"""Tables that speak of people and are not told as they are, and why."""

OURS = frozenset(
    {
        "id", "uid", "xid", "fingerprint", "token", "actor", "cost", "request", "earned_by", "of",
        "claimed_at", "claimed_until", "next_try_at", "tries", "flow_version", "month",
    }
)  # fmt: skip
"""Columns that are for our machinery, name staff, or say what goods cost us."""

NAMED = {
    "sku_id": ("article", "catalogue_sku", "name"),
    "beside_sku": ("beside", "catalogue_sku", "name"),
    "place_id": ("place", "places_place", "name"),
    "collect_at_id": ("collect_at", "places_place", "name"),
    "first_place": ("first_place", "places_place", "name"),
    "main_place": ("main_place", "places_place", "name"),
    "channel_id": ("sales_channel", "places_channel", "name"),
    "first_channel": ("first_channel", "places_channel", "name"),
    "till_id": ("till", "places_till", "name"),
    "entity_id": ("company", "places_entity", "name"),
    "source_id": ("system", "places_source", "name"),
    "programme_id": ("programme", "points_programme", "name"),
    "kind_id": ("kind", "points_couponkind", "name"),
    "wording_id": ("wording", "customers_wording", "text"),
}
"""Numbers of ours that become words: the name told, the table, the column with the words."""
