// Small comforts. Every form and link works without this file.
(() => {
  "use strict";
  const typing = (el) => el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName));

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach((menu) => {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
      const hits = document.getElementById("hits");
      if (hits) hits.replaceChildren();
      return;
    }
    if (event.key === "/" && !typing(document.activeElement)) {
      const find = document.getElementById("find");
      if (find) { event.preventDefault(); find.focus(); find.select(); }
    }
  });

  // A menu closes when the reader presses elsewhere.
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    const hits = document.getElementById("hits");
    if (hits && !hits.parentElement.contains(event.target)) hits.replaceChildren();
  });

  // Suggestions under the search box: arrows choose, Enter opens, the reader's text stays.
  const find = document.getElementById("find");
  const hits = document.getElementById("hits");
  if (find && hits) {
    const options = () => [...hits.querySelectorAll("[role=option]")];
    const choose = (option) => {
      options().forEach((one) => one.setAttribute("aria-selected", String(one === option)));
      option?.scrollIntoView({ block: "nearest" });
      if (option) find.setAttribute("aria-activedescendant", option.id);
      else find.removeAttribute("aria-activedescendant");
    };
    new MutationObserver(() => {
      find.setAttribute("aria-expanded", String(options().length > 0));
      find.removeAttribute("aria-activedescendant");
    }).observe(hits, { childList: true });
    find.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const all = options();
      const at = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
      if (event.key === "ArrowDown" && all.length) { event.preventDefault(); choose(all[(at + 1) % all.length]); }
      if (event.key === "ArrowUp" && all.length) { event.preventDefault(); choose(all[at < 0 ? all.length - 1 : at - 1]); }
      if (event.key === "Enter" && at >= 0) { event.preventDefault(); location.assign(all[at].href); }
    });
  }

  // Enter that ends a kana conversion never submits.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) event.stopPropagation();
  }, true);

  // Selects marked so apply their filter at once; the button stays for those without scripts.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-at-once]");
    if (form && event.target.matches("select,input[type=radio]")) form.requestSubmit();
  });

  // A scanned code is kept in the form at once and the field is free for the next; the server
  // names the lines. A newer scan overtakes the answer to an older one and carries both.
  document.addEventListener("keydown", (event) => {
    const scan = event.target;
    if (event.key !== "Enter" || event.isComposing || !scan.matches("[data-scan]")) return;
    const lines = document.getElementById("lines");
    if (!lines || !window.htmx || !scan.value.trim()) return;
    event.preventDefault();
    const kept = document.createElement("input");
    Object.assign(kept, { type: "hidden", name: "scan", value: scan.value });
    lines.append(kept);
    scan.value = "";
    scan.form.querySelector("button[value=add]").click();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const scan = document.querySelector("[data-scan]");
    if (event.detail.target.id !== "lines" || !scan) return;
    if (event.detail.requestConfig.elt.name === "pick" || event.detail.requestConfig.elt.value === "add") {
      if (document.activeElement !== scan) scan.value = "";
      scan.focus();
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  // The same form is not sent twice by an impatient finger.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "1";
    setTimeout(() => delete event.target.dataset.sent, 4000);
  });

  document.addEventListener("htmx:beforeRequest", (event) => event.detail.target.setAttribute("aria-busy", "true"));
  document.addEventListener("htmx:afterRequest", (event) => event.detail.target.removeAttribute("aria-busy"));
})();
