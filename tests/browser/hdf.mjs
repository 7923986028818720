// Reads HDF documents, whose files are the arguments, with the reader of Heimdall. Prints a JSON list: for each document the
// status of each control, by its id, and the statuses of its results.
import { readFileSync } from "node:fs";
import inspecjs from "inspecjs";

const told = process.argv.slice(2).map((file) => {
  const read = inspecjs.convertFile(readFileSync(file, "utf8"));
  const evaluation = read["1_0_ExecJson"];
  if (!evaluation) throw new Error(`${file}: not read as a run`);
  const found = inspecjs.contextualizeEvaluation(evaluation);
  const controls = found.contains.flatMap((profile) => profile.contains);
  return controls.map((one) => ({
    id: one.data.id, status: one.hdf.status, waived: one.hdf.waived, severity: one.hdf.severity,
    results: one.hdf.segments.map((segment) => segment.status),
  }));
});
process.stdout.write(JSON.stringify(told));
