// What is wider than the screen can be scrolled with the keyboard; what fits is no stop on the way
// through the page. Code that is unfolded later is seen here, too, which the theme's script misses.
{
  const scrolls = new ResizeObserver((changes) => {
    for (const { target } of changes) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute('tabindex');
    }
  });
  const boxes = '.math-scroll, .bd-article pre, .output.text_html, .pst-scrollable-table-container';
  for (const box of document.querySelectorAll(boxes)) scrolls.observe(box);
}
