// Khronos glTF validator over the files given: one line each; exit code 1 when any has an error or a warning.
const fs = require("fs");
const validator = require("gltf-validator");

(async () => {
  let bad = 0;
  for (const file of process.argv.slice(2)) {
    const report = await validator.validateBytes(new Uint8Array(fs.readFileSync(file)), { maxIssues: 100 });
    const { numErrors, numWarnings, numInfos, numHints, messages } = report.issues;
    console.log(`${file}: ${numErrors} errors, ${numWarnings} warnings, ${numInfos} infos, ${numHints} hints`);
    for (const m of messages.slice(0, 20)) console.log(`  ${m.code} ${m.pointer}: ${m.message}`);
    bad += numErrors + numWarnings;
  }
  process.exitCode = bad ? 1 : 0;
})();
