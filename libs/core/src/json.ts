/** Anything that JSON can say. What comes from outside is a `JsonValue` until it is parsed. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** @throws SyntaxError when the text is no JSON. */
export function parseJson(text: string): JsonValue {
  return JSON.parse(text) as JsonValue;
}

/** What is JSON by construction: an interface without methods, which TypeScript does not take for it. */
export function plainJson(value: object): JsonValue {
  return value as JsonValue;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same content gives the same text: keys sorted, `undefined` members left out, no white space. */
export function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (isJsonObject(value)) {
    const members = Object.keys(value)
      .sort()
      .flatMap((key) => {
        const member = value[key];
        return member === undefined ? [] : [`${JSON.stringify(key)}:${canonicalJson(member)}`];
      });
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}
