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
