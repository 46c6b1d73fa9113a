// Many questions in a row, of which only the newest answer counts.

/**
 * Return a function that asks at most one question at a time. While one is under way only the newest of those that
 * follow is kept; an answer that a newer question has overtaken is dropped. `ask` returns a promise.
 */
export function latest(ask, show, fail) {
  let waiting = null;
  let running = false;

  async function run() {
    running = true;
    while (waiting) {
      const question = waiting;
      waiting = null;
      await answer(question);
    }
    running = false;
  }

  async function answer(question) {
    try {
      const found = await ask(...question);
      if (!waiting) show(found, ...question);
    } catch (error) {
      if (!waiting) fail(error, ...question);
    }
  }

  return (...question) => {
    waiting = question;
    if (!running) run();
  };
}
