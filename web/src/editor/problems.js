import { setDiagnostics } from "@codemirror/lint";

function diagnostic(problem, severity, length) {
  const from = Math.min(problem.place.from, length);
  const to = Math.min(Math.max(problem.place.to, from), length);
  return { from, to, severity, message: problem.message };
}

/** Mark problems and warnings under the very words; their offsets are UTF-16 units of this text. */
export function markProblems(view, problems, warnings) {
  const length = view.state.doc.length;
  const own = (found) => found.filter(({ place }) => place?.own && place.from !== null);
  const marks = [
    ...own(problems).map((problem) => diagnostic(problem, "error", length)),
    ...own(warnings).map((warning) => diagnostic(warning, "warning", length)),
  ];
  view.dispatch(setDiagnostics(view.state, marks));
}
