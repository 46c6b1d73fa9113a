// Calls to a worker that is ended when an answer takes too long.

/**
 * Return `{ call, ready }` for the worker at `url`. Calls are answered in order. One that takes longer than `longest`
 * milliseconds ends the worker: it and all behind it are rejected with the sentence `stopped`, and a new worker starts.
 */
export function workerCalls({ url, longest, stopped, progress = () => {} }) {
  const waiting = new Map();
  let worker = null;
  let ready = null;
  let last = 0;

  function start() {
    worker = new Worker(url, { type: "module" });
    ready = new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => {
        if (data.progress) progress(data.progress);
        else if (data.ready) resolve();
        else if (data.broken) reject(new Error(data.broken));
        else settle(data);
      };
      worker.onerror = (event) => reject(new Error(event.message || `${url} could not be started.`));
    });
    ready.catch(() => {});
  }

  function settle({ id, answer, error }) {
    const call = waiting.get(id);
    if (!call) return;
    waiting.delete(id);
    clearTimeout(call.timer);
    if (error) call.reject(new Error(error));
    else call.resolve(answer);
    watchOldest();
  }

  // The clock of a call starts when the one before it is answered.
  function watchOldest() {
    const [oldest] = waiting.values();
    if (oldest && !oldest.timer) oldest.timer = setTimeout(stop, longest);
  }

  function stop() {
    worker.terminate();
    const calls = [...waiting.values()];
    waiting.clear();
    start();
    for (const call of calls) call.reject(Object.assign(new Error(stopped), { stopped: true }));
  }

  async function call(message) {
    await ready;
    return new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject, timer: 0 });
      worker.postMessage({ id: last, ...message });
      watchOldest();
    });
  }

  start();
  return { call, isReady: () => ready };
}
