// Times in the reader's zone, and what changes live. Every page works without this file.
(() => {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

  const localize = (root) => root.querySelectorAll("time[datetime]").forEach((time) => {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime()) && !time.title) {
      time.title = time.textContent;
      time.textContent = format.format(at);
    }
  });

  localize(document);
  const live = document.querySelector("[data-live]");
  if (!live) {
    return;
  }
  let source;
  const connect = () => {
    source = new EventSource(live.dataset.live);
    source.addEventListener("page", (event) => {
      // The focus stays where it is: an update must not take a link away from the keyboard.
      if (!live.contains(document.activeElement)) {
        live.innerHTML = event.data;
        // What is sent is the same for all: the token of the forms is that of this page.
        live.querySelectorAll("form").forEach((form) => {
          if (live.dataset.token) {
            form.elements.token.value = live.dataset.token;
          } else {
            form.remove();
          }
        });
        localize(live);
      }
    });
  };
  connect();
  // A tab that nobody sees costs nothing.
  document.addEventListener("visibilitychange", () => {
    source.close();
    if (!document.hidden) {
      connect();
    }
  });
})();
