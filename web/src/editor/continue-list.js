// Enter behind an item of a list begins the next item; Enter in an item that is still empty ends the list.

/** The command for Enter; it leaves all other lines to the editor. */
export function continueList({ state, dispatch }) {
  const { head, empty } = state.selection.main;
  const line = state.doc.lineAt(head);
  const [, indent, item] = /^(\s*)- (.*)$/.exec(line.text) ?? [];
  const behind = empty && head >= line.from + line.text.trimEnd().length;
  if (item === undefined || !behind || /:\s*$/.test(item) || isOpen(item)) return false;
  const changes = item.trim()
    ? { from: head, insert: `\n${indent}- ` }
    : { from: line.from, to: line.to, insert: "" };
  dispatch(state.update({ changes, selection: { anchor: changes.from + changes.insert.length }, scrollIntoView: true, userEvent: "input" }));
  return true;
}

const count = (text, characters) => [...text].filter((character) => characters.includes(character)).length;
const isOpen = (item) => count(item, "{[") > count(item, "}]");
