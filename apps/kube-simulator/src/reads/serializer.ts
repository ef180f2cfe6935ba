import { type ApiResource } from '../kinds/api-resource.js';
import { type KubeObject } from '../objects/kube-object.js';

/** Turns stored objects into JSON text, each version of an object once, however many lists and watches ask. */
export class Serializer {
  readonly #texts = new Map<ApiResource, WeakMap<KubeObject, string>>();

  text(resource: ApiResource, object: KubeObject): string {
    const texts = this.#textsOf(resource);
    const known = texts.get(object);
    if (known !== undefined) return known;
    const text = JSON.stringify(shown(resource, object));
    texts.set(object, text);
    return text;
  }

  #textsOf(resource: ApiResource): WeakMap<KubeObject, string> {
    const existing = this.#texts.get(resource);
    if (existing !== undefined) return existing;
    const texts = new WeakMap<KubeObject, string>();
    this.#texts.set(resource, texts);
    return texts;
  }
}

/** An object in the version in which a resource shows it. */
export function shown(resource: ApiResource, object: KubeObject): KubeObject {
  return resource.conversion?.fromStored(object) ?? object;
}
