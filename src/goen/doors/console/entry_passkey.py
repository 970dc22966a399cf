"""Passkeys (WebAuthn): signing in without a password, and making one for oneself.

Promises: the device proves its owner (a finger, a face, a PIN) each time, so a passkey stands for
both factors; a challenge is asked once and good for one answer; what a device answers is judged by
the library, at exactly the address that asked.
"""

import hashlib
import json
import struct
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.views.decorators.http import require_POST
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from goen.doors import refusals
from goen.doors.console import entry, entry_steps
from goen.doors.console.entry_second import failed
from goen.doors.console.entry_steps import onward_of
from goen.doors.console.passkey_where import where
from goen.doors.say import text_of
from goen.kit import clock, home
from goen.kit.actors import Actor
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.places import passkeys
from goen.places.models import Staff

_ENTERING, _MAKING, _CONFIRMING = "passkey", "passkey_new", "passkey_confirm"
"""What was asked for one purpose is no question for another: making one takes a proof lately."""
_VERIFIED = UserVerificationRequirement.REQUIRED
_NOT_RIGHT = Refusal("passkey_not_right", "passkey")
_LONGEST = 20_000
_NO_ANSWER = (
    ValueError, LookupError, TypeError, AttributeError, AssertionError, RuntimeError, struct.error,
)  # fmt: skip
"""How reading fails on whatever a browser may send: cut short, nested without end, of no use."""


@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """What the browser asks a device, to sign in: a challenge, of no one in particular."""
    server = server_of(request)
    if server is None:
        return HttpResponseBadRequest()
    options, state = server.authenticate_begin(user_verification=_VERIFIED)
    request.session[_ENTERING] = state
    return JsonResponse(dict(options))


@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Sign in by what the device answered."""
    found = _answered(request, _ENTERING)
    if isinstance(found, Refusal):
        return entry.page(request, refusals.sentence(found))
    return entry_steps.come_in(request, found, "passkey", onward_of(request))


def ask_own(request: HttpRequest, staff: Staff) -> HttpResponse:
    """What the browser asks a device, to confirm who is signed in: by a passkey of theirs."""
    server = server_of(request)
    with tx() as t:
        mine = [AttestedCredentialData(one) for one in passkeys.public_keys(t, staff.pk)]
    if server is None or not mine:
        return HttpResponseBadRequest()
    options, state = server.authenticate_begin(mine, user_verification=_VERIFIED)
    request.session[_CONFIRMING] = state
    return JsonResponse(dict(options))


def confirmed(request: HttpRequest, staff: Staff) -> Refusal | None:
    """Whether the device's answer is by a passkey of whoever is signed in."""
    found = _answered(request, _CONFIRMING)
    if isinstance(found, Refusal):
        return found
    return None if found.pk == staff.pk else _NOT_RIGHT


def _answered(request: HttpRequest, asked: str) -> Staff | Refusal:
    """Whose passkey answered the challenge that this browser was given for a purpose."""
    server, state = server_of(request), request.session.pop(asked, None)
    if server is None or state is None:
        return _NOT_RIGHT
    try:
        given = json.loads(request.POST.get("credential", "")[:_LONGEST])
        answer = AuthenticationResponse.from_dict(given)
        count = answer.response.authenticator_data.counter
        with tx() as t:
            known = passkeys.find(t, bytes(answer.raw_id))
        if known is None:
            return _NOT_RIGHT
        server.authenticate_complete(state, [AttestedCredentialData(known.public_key)], answer)
    except _NO_ANSWER:
        return _NOT_RIGHT
    staff = Staff.objects.get(id=known.staff_id)
    with tx() as t:
        refused = passkeys.use(t, known.id, count, at=clock.now())
        if refused is not None:
            failed(t, request, staff.code, "passkey_copied")
    return refused or staff


def ask_new(request: HttpRequest, staff: Staff) -> HttpResponse:
    """What the browser asks a device, to make a passkey of somebody signed in."""
    server = server_of(request)
    if server is None:
        return HttpResponseBadRequest()
    with tx() as t:
        known = [AttestedCredentialData(one) for one in passkeys.public_keys(t, staff.pk)]
    options, state = server.register_begin(
        PublicKeyCredentialUserEntity(
            id=_handle(staff), name=staff.login, display_name=text_of(staff.name) or staff.login
        ),
        known,
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=_VERIFIED,
    )
    request.session[_MAKING] = state
    return JsonResponse(dict(options))


def keep_new(request: HttpRequest, staff: Staff, name: str) -> Refusal | None:
    """Keep the passkey that the device made."""
    server, state = server_of(request), request.session.pop(_MAKING, None)
    if server is None or state is None:
        return _NOT_RIGHT
    try:
        given: dict[str, Any] = json.loads(request.POST.get("credential", "")[:_LONGEST])
        made = server.register_complete(state, given)
    except _NO_ANSWER:
        return _NOT_RIGHT
    data = made.credential_data
    if data is None:
        return _NOT_RIGHT
    with tx() as t:
        return passkeys.keep(
            t,
            staff.pk,
            credential_id=bytes(data.credential_id),
            public_key=bytes(data),
            rp_id=where(request).rp_id,
            sign_count=made.counter,
            name=name.strip()[:60] or staff.login,
            actor=Actor("staff", staff.code, staff.pk),
            recorded_at=clock.now(),
        )


def server_of(request: HttpRequest) -> Fido2Server | None:
    """Who asks, at the address this request came by; None where passkeys do not work."""
    here = where(request)
    if not here.rp_id:
        return None
    party = PublicKeyCredentialRpEntity(id=here.rp_id, name=f"Goen {home.current_shop_name()}")
    return Fido2Server(party, verify_origin=lambda origin: origin == here.origin)


def _handle(staff: Staff) -> bytes:
    """What a device keeps of its owner: nothing that a person could read."""
    return hashlib.sha256(f"{home.secret_key()}:passkey:{staff.pk}".encode()).digest()[:16]
