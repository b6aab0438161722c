// Before anything is painted: the colours and the direction of the last visit, so that nothing flashes.
(function () {
  try {
    var root = document.documentElement;
    var theme = localStorage.getItem("paidup.theme");
    var language = localStorage.getItem("paidup.language");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    if (language) {
      root.lang = language;
      root.dir = language === "ar" ? "rtl" : "ltr";
    }
  } catch (blocked) {
    // A browser without storage starts with its own colours.
  }
})();

// Asked for at once, while the rest of the page is on its way.
window.paidupSettings = fetch("dashboard.json", { cache: "no-store" });
window.paidupSettings.catch(function () {});
