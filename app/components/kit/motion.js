// Whether the visitor asked for less motion: then nothing moves by itself.

export const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches
