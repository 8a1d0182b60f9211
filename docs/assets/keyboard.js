/* Wide tables scroll sideways in a box of the theme's: the keyboard has to reach it. */
addEventListener("load", () =>
  setTimeout(() => {
    for (const box of document.querySelectorAll(".md-typeset__scrollwrap")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    }
  }),
);
