import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { tags } from "@lezer/highlight";

// Classes instead of colors: the style sheet has a value for each theme.
const style = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], class: "ac-key" },
  { tag: [tags.string, tags.special(tags.string)], class: "ac-string" },
  { tag: [tags.comment, tags.lineComment], class: "ac-comment" },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], class: "ac-punctuation" },
  { tag: [tags.content, tags.literal], class: "ac-value" },
  { tag: [tags.keyword, tags.meta, tags.typeName, tags.labelName], class: "ac-meta" },
]);

/** The colors of YAML, by classes. */
export const highlight = syntaxHighlighting(style);
