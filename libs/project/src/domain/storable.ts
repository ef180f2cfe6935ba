/**
 * The same value with U+FFFD in the place of what PostgreSQL's jsonb cannot hold: U+0000 and halves of surrogate pairs.
 * Nothing that Kubernetes accepts as a name, label or address has them; a spec may.
 */
export function storable<Value>(value: Value): Value {
  const text = JSON.stringify(value);
  // Escapes of any kind are rare, and looking for them is cheap.
  return text.includes('\\u') && unstorable.test(text)
    ? (JSON.parse(text.replaceAll(unstorableEverywhere, '\\ufffd')) as Value)
    : value;
}

/** An escape, not an escaped backslash before a `u`; JSON.stringify escapes of surrogates only unpaired ones. */
const unstorable = /(?<=(?:^|[^\\])(?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/;
const unstorableEverywhere = new RegExp(unstorable, 'g');
