const ALIGNMENT = 64;
const PAGE_BYTES = 65_536;

/** `WebAssembly.Memory`, as far as it is used here. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** A piece of the kernel's memory. */
export interface Region {
  readonly address: number;
  readonly sizeBytes: number;
}

/**
 * First-fit allocator over the kernel's linear memory. Lives on the host's side, because the kernel itself needs no
 * heap, and because WASM memory never shrinks: neighbouring free regions are merged, so that a long-lived process
 * stays at the size of its largest scene.
 */
export class KernelMemory {
  readonly #memory: LinearMemory;
  /** Sorted by address, never adjacent. */
  #free: Region[];

  constructor(memory: LinearMemory, heapBase: number) {
    this.#memory = memory;
    // Address 0 is never handed out: the kernel takes it for "nothing there".
    const start = align(heapBase + 1);
    const end = memory.buffer.byteLength;
    if (end <= start) memory.grow(Math.ceil((start + 1 - end) / PAGE_BYTES));
    this.#free = [{ address: start, sizeBytes: memory.buffer.byteLength - start }];
  }

  /** Bytes of memory held by the kernel in all; only ever grows. */
  get sizeBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Bytes not handed out at present. */
  get freeBytes(): number {
    return this.#free.reduce((sum, region) => sum + region.sizeBytes, 0);
  }

  /** 64-byte aligned; contents undefined. Views taken earlier become invalid when the memory has to grow. */
  allocate(sizeBytes: number): Region {
    const size = align(Math.max(sizeBytes, 1));
    let index = this.#free.findIndex((region) => region.sizeBytes >= size);
    if (index < 0) {
      this.#grow(size);
      index = this.#free.length - 1;
    }
    const region = this.#free[index] as Region;
    if (region.sizeBytes === size) this.#free.splice(index, 1);
    else this.#free[index] = { address: region.address + size, sizeBytes: region.sizeBytes - size };
    return { address: region.address, sizeBytes: size };
  }

  free(region: Region): void {
    const end = region.address + region.sizeBytes;
    let index = this.#free.findIndex((other) => other.address >= region.address);
    if (index < 0) index = this.#free.length;
    const before = this.#free[index - 1];
    const after = this.#free[index];
    if (
      (before !== undefined && before.address + before.sizeBytes > region.address) ||
      (after !== undefined && end > after.address)
    ) {
      throw new RangeError(`region at ${region.address} was freed already`);
    }
    const joinsBefore = before !== undefined && before.address + before.sizeBytes === region.address;
    const joinsAfter = after !== undefined && end === after.address;
    const address = joinsBefore ? before.address : region.address;
    const merged = { address, sizeBytes: (joinsAfter ? after.address + after.sizeBytes : end) - address };
    this.#free.splice(joinsBefore ? index - 1 : index, Number(joinsBefore) + Number(joinsAfter), merged);
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, length);
  }

  copy(from: number, to: number, length: number): void {
    new Uint8Array(this.#memory.buffer).copyWithin(to, from, from + length);
  }

  shorts(address: number, length: number): Int16Array {
    return new Int16Array(this.#memory.buffer, address, length);
  }

  words(address: number, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, address, length);
  }

  #grow(sizeBytes: number): void {
    const end = this.#memory.buffer.byteLength;
    const last = this.#free.at(-1);
    const tail = last !== undefined && last.address + last.sizeBytes === end ? last.sizeBytes : 0;
    const pages = Math.ceil((sizeBytes - tail) / PAGE_BYTES);
    this.#memory.grow(pages);
    const grown = pages * PAGE_BYTES;
    if (last !== undefined && tail > 0) {
      this.#free[this.#free.length - 1] = { address: last.address, sizeBytes: tail + grown };
    } else {
      this.#free.push({ address: end, sizeBytes: grown });
    }
  }
}

/** The next multiple of `unit`. */
export function align(value: number, unit = ALIGNMENT): number {
  return Math.ceil(value / unit) * unit;
}
