import js from "@eslint/js"

const PRIVATE_FIELDS = "^(_fullLayout|_fullData|_context|_ev|_legendMouseDownTime|__data__|p2d|d2p|_offset|_length)$"
const NODE = Object.fromEntries(["Buffer", "EventTarget", "URL", "console", "process", "setTimeout"].map((name) => [name, "readonly"]))
const RIDDLES = ["found", "shown", "known", "said", "one", "some"] // as in tests/test_nevers.py: a name is a noun

export default [
  { ignores: ["app/components/bundles/**", ".venv/**", "**/node_modules/**", "tests/overlaps.js", "runs/**", "tmp/**"] },
  js.configs.recommended,
  {
    files: ["**/*.js", "**/*.mjs"],
    rules: {
      "no-undef": "off", // tsc knows the names of the page
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "prefer-const": "error",
      "no-var": "error",
      eqeqeq: "error",
      "id-denylist": ["error", ...RIDDLES],
      "max-lines": ["error", 350],
      "max-lines-per-function": ["error", { max: 45, skipComments: true }],
      "no-restricted-syntax": [
        "error",
        { selector: `MemberExpression[property.name=/${PRIVATE_FIELDS}/]`, message: "Plotly's private fields are for kit/chart.js alone." },
        { selector: `ObjectPattern > Property[key.name=/${PRIVATE_FIELDS}/]`, message: "Plotly's private fields are for kit/chart.js alone." },
      ],
    },
  },
  {
    files: ["app/components/build.mjs", "tests/js/*.js"], // which tsc does not read
    languageOptions: { globals: NODE },
    rules: { "no-undef": "error" },
  },
  { files: ["app/components/kit/chart.js"], rules: { "no-restricted-syntax": "off" } },
]
