// HTML elements, made with their properties.

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {object} [properties]
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties)
}
