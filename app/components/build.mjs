// Makes the bundles: one for each component, which is a file here with a default export, the page to take home, and `kit.js`. With
// --check it writes nothing, and fails where a bundle is not what it would write.

import { createHash } from "node:crypto"
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

import { build, version } from "esbuild"

const FOLDER = dirname(fileURLToPath(import.meta.url))
const BUNDLES = join(FOLDER, "bundles")

/** @param {string | Uint8Array} content */
const sha256 = (content) => createHash("sha256").update(content).digest("hex")

/** @param {string} path */
const read = (path) => readFileSync(join(FOLDER, path), "utf8")

function entries() {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".js") && /^export default /m.test(read(name)))
  return Object.fromEntries([...names.map((name) => [name, name]), ["take_home_page.js", "take_home_page.js"], ["kit.js", "kit/index.js"]])
}

/**
 * A bundle's text, and the files that it was made of.
 * @param {string} entry
 */
async function bundleOf(entry) {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(FOLDER, entry)],
    absWorkingDir: FOLDER,
    bundle: true,
    charset: "utf8",
    format: "esm",
    legalComments: "none",
    lineLimit: 120,
    metafile: true,
    minifyWhitespace: true, // names stay; spaces would make a page's first load a fifth larger
    target: "es2022",
    write: false,
  })
  return { text: outputFiles[0].text, sources: Object.keys(metafile.inputs).sort() }
}

/** @type {Record<string, string>} the files of `bundles` and their texts */
const files = {}
/** @type {Record<string, { bundle: string, sources: Record<string, string> }>} */
const record = {}
for (const [name, entry] of Object.entries(entries())) {
  const { text, sources } = await bundleOf(entry)
  files[name] = text
  record[name] = { bundle: sha256(text), sources: Object.fromEntries(sources.map((path) => [path, sha256(read(path))])) }
}
files["sources.json"] = `${JSON.stringify({ esbuild: version, bundles: record }, null, 1)}\n`

const old = readdirSync(BUNDLES)
if (process.argv.includes("--check")) {
  const stale = Object.keys(files).filter((name) => !old.includes(name) || read(join("bundles", name)) !== files[name])
  const extra = old.filter((name) => !(name in files))
  if (stale.length + extra.length) {
    console.error(`not fresh: ${[...stale, ...extra].join(", ")}; run npm run build`)
    process.exit(1)
  }
} else {
  for (const name of old) if (!(name in files)) rmSync(join(BUNDLES, name))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(BUNDLES, name), text)
  const bytes = Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  console.log(`${Object.keys(record).length} bundles, ${bytes} bytes, in ${relative(process.cwd(), BUNDLES)}`)
}
