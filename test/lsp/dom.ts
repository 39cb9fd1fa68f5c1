import { Window } from "happy-dom";

/**
 * A page for CodeMirror to draw on. To be imported before CodeMirror is, which looks around when it is loaded. Of the
 * globals of a browser there are only those that it uses; Node keeps its own URL and timers.
 */
export const window = new Window({ url: "http://localhost/", width: 1000, height: 800 });

Object.assign(globalThis, {
  window,
  document: window.document,
  MutationObserver: window.MutationObserver,
  getComputedStyle: window.getComputedStyle.bind(window),
  requestAnimationFrame: window.requestAnimationFrame.bind(window),
  cancelAnimationFrame: window.cancelAnimationFrame.bind(window),
});
