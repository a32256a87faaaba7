"""The script of Train."""

from __future__ import annotations

from aevb_lab.escaping import file_stem
from aevb_lab.jobs.job import JobSpec
from aevb_lab.scripts.writer import Script, put, read_of, script_of

RUN = """
torch.set_num_threads(1)  # as in the app: more threads add in another order
config = ${CONFIG}
training = ${TRAINING}
${BEGIN}run = runs.open_run("${NAME}-again", ${DATA}, config, training${INITIAL})
for event in run.events:
    if event.record:
        curve = run.state.history
        print(f"step {event.step}: test {curve.about.label} {curve.test_value(event.record):.4f} nats", flush=True)
"""


BRANCH = """frames = frames.load_frames(${FOLDER} / "frames.safetensors")
frame = next(frame for frame in frames if frame.step == ${STEP})  # where the branch begins
vae = vc.VAE(config, generator=None)
vae.load_state_dict({name: tensor.float() for name, tensor in frame.weights.items()})
vc.save_model("initial.safetensors", vae)
"""


def training_script(name: str, spec: JobSpec, parent: str | None = None) -> Script:
    """The same training again. For a branch, `parent` is an expression for the folder of the run with its first frame."""
    branch_lines = ""
    if spec.branch is not None and parent is not None:
        branch_lines = put(BRANCH, FOLDER=parent.split("  #")[0], STEP=spec.branch.step)
    values = {
        "CONFIG": f"vc.{spec.model_config!r}",
        "TRAINING": f"vc.{spec.train_config!r}",
        "BEGIN": branch_lines,
        "INITIAL": ', initial="initial.safetensors"' if branch_lines else "",
        "NAME": file_stem(name),
        "DATA": read_of(spec.images) if spec.images else f'vc.load_data("{spec.data}")',
    }
    about = f"{name}, trained again: the same seed gives the same numbers."
    return script_of(f"{file_stem(name)}-training", about, put(RUN, **values))
