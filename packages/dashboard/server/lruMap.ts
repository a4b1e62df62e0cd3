/** A map that forgets what was not asked for the longest. */
export class LruMap<K, V> {
  private readonly map = new Map<K, V>();
  private readonly max: number;
  private readonly forgotten: (value: V) => void;

  constructor(max: number, forgotten: (value: V) => void = () => {}) {
    this.max = max;
    this.forgotten = forgotten;
  }

  get(key: K): V | undefined {
    const value = this.map.get(key);
    if (value === undefined) return undefined;
    this.map.delete(key);
    this.map.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.map.delete(key);
    this.map.set(key, value);
    if (this.map.size <= this.max) return;
    const [oldest] = this.map.keys();
    const gone = this.map.get(oldest as K) as V;
    this.map.delete(oldest as K);
    this.forgotten(gone);
  }

  delete(key: K): void {
    this.map.delete(key);
  }
}
