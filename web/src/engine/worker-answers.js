// The worker's side of worker-calls.js: it says when it is ready, then answers call by call.

/** Answer each message with the function that the promise `starting` resolves to. */
export function answerCalls(starting, name) {
  starting.then(
    () => postMessage({ ready: true }),
    (error) => postMessage({ broken: `${name} could not be started in this browser: ${error.message}` }),
  );
  self.onmessage = async ({ data: { id, ...message } }) => {
    try {
      const answer = (await starting)(message);
      postMessage({ id, answer });
    } catch (error) {
      postMessage({ id, error: lastLine(error.message) });
    }
  };
}

const lastLine = (message) => String(message).trim().split("\n").at(-1);
