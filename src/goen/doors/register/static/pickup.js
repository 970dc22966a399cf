// Handing over asks once more, naming the order. Without scripts the form works as it is.
(() => {
  "use strict";
  document.querySelectorAll("form[data-sure]").forEach((form) => {
    const dialog = document.getElementById(form.dataset.sure);
    form.addEventListener("submit", (event) => {
      if (form.dataset.checked) return;
      event.preventDefault();
      event.stopPropagation();
      dialog.showModal();
      dialog.querySelector("h2").focus();
    });
    dialog.querySelector("[data-no]").addEventListener("click", () => dialog.close());
    dialog.querySelector("[data-yes]").addEventListener("click", () => {
      form.dataset.checked = "1";
      dialog.close();
      form.requestSubmit();
    });
  });
})();
