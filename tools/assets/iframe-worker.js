// A page that is opened from the disk may start no worker, in which the search runs. Here one is a hidden frame.
if (location.protocol === "file:") {
  // As between threads: later, and a copy.
  const send = (to, data) => {
    const copy = structuredClone(data);
    setTimeout(() => to(new MessageEvent("message", { data: copy })));
  };
  window.Worker = class {
    constructor(url) {
      this.onmessage = this.onerror = null;
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      document.body.appendChild(this.frame);
      const inner = this.frame.contentWindow;
      inner.postMessage = (data) => send((event) => this.onmessage?.(event), data);
      this.ready = new Promise((done, failed) => {
        const script = inner.document.createElement("script");
        script.src = new URL(url, location.href).href;
        script.onload = done;
        script.onerror = failed;
        inner.document.body.appendChild(script);
      });
      this.ready.catch(() => this.onerror?.(new Event("error", { cancelable: true })));
    }
    postMessage(data) {
      this.ready.then(() => send((event) => this.frame.contentWindow?.dispatchEvent(event), data), () => {});
    }
    terminate() {
      this.frame.remove();
    }
  };
}
