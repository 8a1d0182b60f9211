/* Browsers refuse workers to pages that are opened as files; the search then runs in a hidden frame instead. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.waiting = [];
      this.onmessage = this.onerror = null;
      const frame = document.createElement("iframe");
      frame.hidden = true;
      const script = String(url).replace(/&/g, "&amp;").replace(/"/g, "&quot;");
      frame.srcdoc =
        "<script>postMessage = m => parent.dispatchEvent(new MessageEvent('frame-worker', { data: m }));<\/script>" +
        '<script src="' + script + '"><\/script>';
      window.addEventListener("frame-worker", event => {
        const message = new MessageEvent("message", { data: event.data });
        if (this.onmessage) this.onmessage(message);
        this.dispatchEvent(message);
      });
      frame.addEventListener("load", () => {
        this.frame = frame;
        this.waiting.splice(0).forEach(data => this.postMessage(data));
      });
      document.body.appendChild(frame);
    }
    postMessage(data) {
      if (!this.frame) this.waiting.push(data);
      else this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }));
    }
    terminate() {
      if (this.frame) this.frame.remove();
    }
  };
}
