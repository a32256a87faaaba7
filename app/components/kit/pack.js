// How numbers come from Python and go back; `packed.py` is the other side.

/** @typedef {Record<string, any>} Arrays the packed arrays by name: Float32Array for "f4", Uint8Array for "u1" */
/** @typedef {{ header: any, arrays: Arrays }} Packed */

const TYPES = { f4: Float32Array, u1: Uint8Array }

/**
 * The header and the arrays of bytes that `pack_arrays` packed: the header's length (uint32, little-endian), the header
 * in JSON, the arrays in the header's order; each part is padded to four bytes.
 * @param {Uint8Array} bytes
 * @returns {Packed}
 */
export function unpack(bytes) {
  const buffer = bytes.slice().buffer // a copy: the original need not be aligned to four bytes
  const length = new DataView(buffer).getUint32(0, true)
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)))
  let offset = 4 + length
  /** @type {Arrays} */
  const arrays = {}
  for (const [name, type, shape] of /** @type {[string, "f4" | "u1", number[]][]} */ (header.arrays)) {
    const size = shape.reduce((product, side) => product * side, 1)
    const array = new TYPES[type](buffer, offset, size)
    arrays[name] = array
    offset += Math.ceil(array.byteLength / 4) * 4
  }
  return { header, arrays }
}

/**
 * Bits (0 or 1), the first one highest, in base64 for links: with - and _, without =.
 * @param {Uint8Array} bits
 */
export function packBits(bits) {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8))
  bits.forEach((bit, i) => (bytes[i >> 3] |= bit << (7 - (i & 7))))
  const text = btoa(String.fromCharCode(...bytes))
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
}
