// Signing in: a password shown on demand, a link copied, and passkeys.
(() => {
  "use strict";
  const toggle = (button, on) => {
    button.querySelector("[data-shown]").hidden = on;
    button.querySelector("[data-hidden]").hidden = !on;
  };
  document.querySelectorAll("[data-reveal],[data-copy],[data-print]").forEach((one) => { one.hidden = false; });
  document.addEventListener("click", (event) => {
    const reveal = event.target.closest("[data-reveal]");
    if (reveal) {
      const field = document.getElementById(reveal.dataset.reveal);
      const on = field.type === "password";
      field.type = on ? "text" : "password";
      reveal.setAttribute("aria-pressed", String(on));
      toggle(reveal, on);
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      const field = document.getElementById(copy.dataset.copy);
      field.select();
      (navigator.clipboard ? navigator.clipboard.writeText(field.value) : Promise.reject())
        .catch(() => document.execCommand("copy")).then(() => toggle(copy, true));
    }
    if (event.target.closest("[data-print]") && !document.querySelector(".shell")) window.print();
  });
  // A password that is shown is hidden again before it is sent, so that no browser keeps it as text.
  document.addEventListener("submit", (event) => {
    event.target.querySelectorAll("[data-reveal]").forEach((one) => {
      document.getElementById(one.dataset.reveal).type = "password";
    });
  });

  // What travels as text is bytes to a device, and the other way round.
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const ready = (asked) => {
    asked.challenge = bytes(asked.challenge);
    if (asked.user) asked.user.id = bytes(asked.user.id);
    for (const list of [asked.allowCredentials, asked.excludeCredentials]) {
      (list || []).forEach((one) => { one.id = bytes(one.id); });
    }
    return asked;
  };
  const told = (made) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[name]) response[name] = text(made.response[name]);
    }
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response,
      clientExtensionResults: made.getClientExtensionResults() });
  };
  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    if (!window.PublicKeyCredential) return;
    form.hidden = false;
    form.querySelector("[data-passkey-go]").addEventListener("click", async (event) => {
      const button = event.currentTarget;
      const failed = form.querySelector("[data-passkey-failed]");
      failed.hidden = button.disabled = true;
      try {
        const answer = await fetch(form.dataset.ask, { method: "POST", headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value } });
        if (answer.redirected) { location.assign(answer.url); return; }
        if (!answer.ok) throw new Error(String(answer.status));
        const publicKey = ready((await answer.json()).publicKey);
        const made = await navigator.credentials[form.dataset.passkey]({ publicKey });
        form.elements.credential.value = told(made);
        form.submit();
      } catch (error) {
        failed.hidden = false;
      } finally {
        button.disabled = false;
      }
    });
  });
})();
