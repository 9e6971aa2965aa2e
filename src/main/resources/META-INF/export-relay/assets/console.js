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

  // What is open stays open, and what is written stays. The focus stays where it is: an update must not take a link from the
  // keyboard.
  const replace = (part, html) => {
    const focused = part.contains(document.activeElement) ? document.activeElement : null;
    const isEdited = [...part.querySelectorAll("input")].some((input) => input.value !== input.defaultValue);
    if (isEdited || (focused && !focused.id)) {
      return false;
    }
    const open = [...part.querySelectorAll("details[open]")].map((details) => details.id);
    part.innerHTML = html;
    open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    if (focused) {
      document.getElementById(focused.id)?.focus({ preventScroll: true });
    }
    localize(part);
    return true;
  };

  // The browser connects again after each end of a stream, but not after an answer that refuses one.
  const showStale = () => {
    if (!document.getElementById("stale")) {
      const notice = document.createElement("p");
      notice.id = "stale";
      notice.className = "notice";
      notice.setAttribute("role", "status");
      notice.textContent = "No longer live. Load the page again.";
      document.getElementById("main").prepend(notice);
    }
  };

  // A tab that nobody sees costs nothing.
  const listen = (url, type, handler) => {
    let source;
    let isStopped = false;
    const stop = () => {
      isStopped = true;
      source.close();
    };
    const connect = () => {
      source = new EventSource(url);
      source.addEventListener(type, handler);
      source.addEventListener("error", (event) => {
        if (event.target.readyState === EventSource.CLOSED && event.target === source && !isStopped) {
          stop();
          showStale();
        }
      });
    };
    connect();
    document.addEventListener("visibilitychange", () => {
      source.close();
      if (!document.hidden && !isStopped) {
        connect();
      }
    });
    return stop;
  };

  localize(document);

  const live = document.querySelector("[data-live]");
  if (live) {
    listen(live.dataset.live, "page", (event) => {
      replace(live, event.data);
      // What is sent is the same for all: the token of the forms is that of this page. A viewer has none, and no buttons.
      if (live.dataset.token) {
        live.querySelectorAll("form").forEach((form) => {
          form.elements.token.value = live.dataset.token;
        });
      } else {
        live.querySelectorAll("form, a.button").forEach((button) => button.remove());
      }
    });
  }

  // After a change of the ledger the page loads itself again, at most every five seconds. The relay shares what it has read for
  // two seconds among browsers: the time until then is longer.
  const refreshed = document.querySelector("[data-refresh]");
  if (refreshed?.dataset.refresh) {
    let timer;
    const refresh = async () => {
      timer = undefined;
      const answer = await fetch(location.href, { headers: { Accept: "text/html", "X-Requested-By": "console" } });
      if (answer.status === 401) {
        stop();
        showStale();
      } else if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const part = page.querySelector("[data-refresh]");
        if (replace(refreshed, part.innerHTML) && !part.dataset.refresh) {
          stop();
        }
      }
    };
    const stop = listen(refreshed.dataset.refresh, "changed", () => {
      timer ??= setTimeout(() => refresh().catch(() => {}), 5000);
    });
  }
})();
