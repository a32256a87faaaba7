# AEVB Lab in a container, on the CPU:  docker build -t aevb-lab .  &&  docker run --rm -p 127.0.0.1:8501:8501 aevb-lab
# docs/deploy.md says more. Another index for torch, or "" for pip's own: --build-arg TORCH_INDEX_URL=...

FROM python:3.11-slim AS build
ARG TORCH_INDEX_URL=https://download.pytorch.org/whl/cpu
WORKDIR /build
RUN python -m venv /opt/aevb
COPY requirements.txt ./
# torch first and from its own index: PyPI's brings CUDA, which is several GB.
RUN /opt/aevb/bin/pip install --no-cache-dir ${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL"} "$(grep '^torch==' requirements.txt)"
RUN grep -v '^-e' requirements.txt > others.txt && /opt/aevb/bin/pip install --no-cache-dir -r others.txt
COPY pyproject.toml setup.py README.md LICENSE ./
COPY vae_core vae_core
COPY app app
COPY pretrained pretrained
RUN /opt/aevb/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim
# 1000 is the user of Hugging Face's Spaces too: its home is where data sets and caches are written.
RUN useradd --create-home --uid 1000 user
COPY --from=build /opt/aevb /opt/aevb
USER user
WORKDIR /home/user
ENV HOME=/home/user PATH=/opt/aevb/bin:$PATH AEVB_ADDRESS=0.0.0.0 AEVB_PORT=8501 AEVB_NO_BROWSER=1
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f\"http://127.0.0.1:{os.environ['AEVB_PORT']}/_stcore/health\", timeout=4)"]
ENTRYPOINT ["aevb-lab"]
