"""The words and symbols on screen, each in one sentence, in symbols, and with a page where one can try it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

# KL(q(z|x) ‖ p(z)) in words. Its mean is information plus KL(q(z) ‖ p(z)), so it is not what z tells about x.
COST = "what z costs: the nats to send z with the prior as the code"

# Why an ELBO may be above 0, where pixels are not black and white.
DENSITIES = "Grey and coloured pixels have densities, not probabilities. A density can be above 1, so log p(x|z) and the ELBO can be above 0."


@dataclass(frozen=True)
class Word:
    """One entry. `symbols` is LaTeX. `page` is the name of a view, and `link` its query parameters there. `forms` are other
    spellings on screen; the name itself always counts."""

    name: str
    meaning: str
    symbols: str
    page: str
    link: dict[str, str] = field(default_factory=dict)
    forms: tuple[str, ...] = ()


DRAW = {"reconstruct_source": "draw"}
CLOSER = {"closer": "posterior"}
DIMENSIONS, PRIOR, AGGREGATE = (
    {"paths_view": view} for view in ("each dimension", "prior samples", "q(z) beside the prior")
)
TRAVEL = {"compare_view": "time travel"}
MINIBATCH_AXIS = {"variance_axis": "minibatch size M"}
COARSE = {"repair_kind": "low resolution"}

WORDS = {
    # -- the model
    "x": Word("x", "The image that goes into the model, as a list of its pixels.", r"x \in \mathbb R^D", "reconstruct"),
    "z": Word("z", "The few numbers that stand for an image: its code, and its place on the map.", r"z \in \mathbb R^J", "latent_map",
        forms=("codes", "its code", "same code", "image's code", "code of a test image")),
    "latent": Word("latent", "Hidden: a latent number is one that nobody measures and that the model finds by itself.",
        r"z = (z_1, \dots, z_J)", "latent_map", forms=("latent plane", "latent space", "latent size", "latent dimension")),
    "vae": Word("VAE", "A variational autoencoder: an encoder and a decoder, trained together so that z has a known distribution.",
        r"x \to q(z|x) \to z \to p(x|z)", "train", forms=("variational autoencoder",)),
    "autoencoder": Word("autoencoder", "It squeezes an image into a few numbers and draws it again, with no prior to say where these numbers should lie.",
        r"x \to z \to \hat x", "compare", forms=("plain autoencoder",)),
    "encoder": Word("encoder", "The network that looks at an image and says where on the map it may lie.", r"q_\phi(z|x)", "bound",
        forms=("encode", "encoded", "encoding", "recognition model")),
    "decoder": Word("decoder", "The network that draws an image for each place of the map.", r"p_\theta(x|z)", "latent_map",
        forms=("decode", "decoded", "decoding", "live decoder")),
    "prior": Word("prior", "How likely each place of the map is before we see any image: most in the middle, least at the edge.",
        r"p(z) = \mathcal N(z; 0, I)", "paths", PRIOR, ("p(z)", "N(0, I)", "log p(z)", "p(z_j)")),
    "posterior": Word("posterior", "Which places of the map could have made this image, and how likely each is.",
        r"p(z|x) = \frac{p(x|z)\, p(z)}{p(x)}", "latent_map", CLOSER, ("p(z|x)", "true posterior")),
    "q(z|x)": Word("q(z|x)", "The encoder's guess of the posterior: a round or oval cloud of places for one image.",
        r"q_\phi(z|x) = \mathcal N(z; \mu, \sigma^2 I)", "bound", forms=("q", "approximate posterior", "q(z_j|x)", "your q")),
    "q(z)": Word("q(z)", "The clouds of all images together: it should look like the prior.", r"q(z) = \frac1N \sum_i q(z|x_i)",
        "paths", AGGREGATE, ("aggregate posterior", "log q(z)")),
    "p(x|z)": Word("p(x|z)", "How likely the decoder finds an image at one place of the map, pixel by pixel.",
        r"p_\theta(x|z) = \prod_d p_\theta(x_d|z)", "reconstruct", forms=("likelihood", "log p(x|z)")),
    "log p(x)": Word("log p(x)", "The logarithm of how likely the whole model finds an image; higher is better.",
        r"\log p(x) = \log \int p(x|z)\, p(z)\, dz", "likelihood", forms=("marginal likelihood", "p(x)", "p(X)", "log p(X)")),
    "mu": Word("μ", "The middle of the encoder's cloud for one image.", r"\mu = \mathbb E_{q(z|x)}[z]", "gradients",
        {"stage": "Encode"}, ("encoded mean", "mu")),
    "sigma": Word("σ", "The standard deviation: how far a random number usually lies from its mean.", r"\sigma = \sqrt{\operatorname{Var} z}",
        "gradients", {"stage": "Encode"}, ("standard deviation", "sigma", "s.d.")),
    "eps": Word("ε", "Noise: random numbers that are drawn before the model does anything with them.", r"\epsilon \sim \mathcal N(0, I)",
        "gradients", {"stage": "Noise"}, ("eps", "noise")),
    "theta": Word("θ", "All weights of the decoder.", r"\theta", "gradients", {"stage": "Gradient"}, ("theta", "p(theta)", "log p(theta)")),
    "phi": Word("φ", "All weights of the encoder.", r"\phi", "gradients", {"stage": "Gradient"}, ("phi",)),
    "Phi": Word("Φ", "The share of a standard normal distribution that lies below a number, from 0 to 1.",
        r"\Phi(z) = \int_{-\infty}^z \mathcal N(t; 0, 1)\, dt", "latent_map", {"coordinates": "probability"}, ("Φ(z)", "probability coordinates")),
    "gaussian": Word("Gaussian", "The bell curve: most draws lie near the middle, and few lie far away.",
        r"\mathcal N(z; \mu, \sigma^2)", "bound", forms=("normal distribution", "standard normal")),
    "bernoulli": Word("Bernoulli", "A coin for each pixel: it is white with some probability, otherwise black.",
        r"p(x_d) = \lambda^{x_d} (1 - \lambda)^{1 - x_d}", "train", forms=("continuous Bernoulli",)),
    "manifold": Word("manifold", "All images that the decoder can draw, side by side by their places on the map.",
        r"\{\, \mathbb E[x|z] : z \in \mathbb R^J \}", "latent_map"),
    "mosaic": Word("mosaic", "Small decoded images in rows: each one shows what the decoder draws at its place.",
        r"\mathbb E[x \,|\, z_{ij}]", "latent_map", {"layers": "images"}),
    "reconstruction": Word("reconstruction", "The image that comes back after encoding and decoding; as a number, how well it fits.",
        r"\mathbb E_{q(z|x)}[\log p(x|z)]", "reconstruct", forms=("reconstruct", "E[log p(x|z)]")),
    # -- the bound
    "nats": Word("nats", "A unit of information, as bits are: one nat is 1.44 bits.", r"1\ \text{nat} = \log_2 e \approx 1.44\ \text{bits}",
        "bound", forms=("nat",)),
    "elbo": Word("ELBO", "A number that log p(x) is never below: how well the image is drawn, minus what its code costs; higher is better.",
        r"\mathcal L = \mathbb E_{q}[\log p(x|z)] - D_{KL}(q(z|x) \,\|\, p(z))", "bound", forms=("the bound", "bound")),
    "density": Word("density", "How closely points lie there, on the average: p(x) times a small area is the share of draws in it.",
        r"p_\theta(x) = \int p(z)\, p_\theta(x|z)\, dz", "sketch"),
    "collapse": Word("collapse", "q(z|x) is the prior for every x, so z says nothing: the decoder makes the same of every z.", r"q(z|x) = p(z)", "sketch",
        {"sketch_question": "What if beta is too large?", "sketch_beta": "10.0"}),
    "bits": Word("bits", "Zeros and ones. A good code for something with the probability p takes −log₂ p of them.", r"-\log_2 p(x)", "code",
        forms=("bit",)),
    "bits back": Word("bits-back coding", "To let bits of a message choose z. The receiver can put them back, so that z costs only what it tells.",
        r"-\log_2 p(x|z) - \log_2 p(z) + \log_2 q(z|x)", "code", forms=("bits back",)),
    "tower": Word("tower of bits", "A message as a stack: the image that goes on last comes off first.", r"\text{last in, first out}", "code",
        forms=("tower",)),
    # -- steering
    "attribute": Word("attribute", "What can be measured of an image: its slant, stroke width, height, width, ink; its hue, brightness, size.",
        r"a(\hat x(z))", "steer", forms=("attributes",)),
    "slant": Word("slant", "How far a shape leans to the right, in degrees, from the moments of its pixels.",
        r"\arctan(-\sigma_{uv} / \sigma_{vv})", "steer"),
    "stroke width": Word("stroke width", "How thick the strokes are: twice the ink by the length of the outline, in pixels.", r"2 M / T", "steer"),
    "steered": Word("steered", "Moved in short steps, each the least change of z that does what was asked and lets all else stay.",
        r"\Delta z = J^\top (J J^\top + \lambda I)^{-1} r", "steer"),
    "plain way": Word("plain way", "A straight line in z, along the mean direction of all test images: it knows no bends.",
        r"\Delta z = \beta\, \Delta a", "steer"),
    "chi": Word("χ", "The law of the length of z under the prior: in many dimensions nearly all draws have about the same length.",
        r"\lVert z \rVert \approx \sqrt J", "paths", forms=("chi distribution",)),
    "kl": Word("KL", "How far one distribution is from another, in nats; between q(z|x) and the prior it is what z costs.",
        r"D_{KL}(q \,\|\, p) = \mathbb E_q\left[\log \frac{q}{p}\right] \ge 0", "bound",
        forms=("KL(q(z|x) ‖ p(z))", "KL(q‖p(z|x))", "KL(q(z) ‖ p(z))", "KL(q(z_j|x) ‖ p(z_j))", "KL term")),
    "gap": Word("gap", "How far the ELBO is below log p(x), because q is not the true posterior; 0 is best.",
        r"\log p(x) - \mathcal L = D_{KL}(q(z|x) \,\|\, p(z|x))", "bound"),
    "amortisation": Word("amortisation", "One encoder serves all images, so its guess for one image is not the best one.",
        r"\mathcal L(q^*; x) - \mathcal L(q_\phi; x) \ge 0", "latent_map", CLOSER),
    "beta": Word("beta", "How much the KL counts in training: 0 gives a plain autoencoder, 1 the bound.",
        r"\mathbb E_q[\log p(x|z)] - \beta D_{KL}", "compare", TRAVEL, ("β",)),
    "binarisation": Word("binarisation", "To make grey pixels black or white: by a threshold, or by a draw for each pixel.",
        r"x_d \in \{0, 1\}", "bound", forms=("binarised", "binarisations", "published draw")),
    "active units": Word("active", "A latent dimension is active if it differs from image to image; otherwise it is dead.",
        r"\operatorname{Var}_x[\mu_j(x)] > 0.01", "paths", DIMENSIONS, ("active unit", "active dimension", "dead")),
    "information": Word("information", "How many nats the place on the map tells about which image it came from.",
        r"I_q(x; z)", "paths", AGGREGATE),
    # -- estimating
    "importance": Word("importance sampling", "To estimate with draws from an easier distribution; a weight corrects each draw.",
        r"p(x) \approx \frac1S \sum_s \frac{p(x, z_s)}{q(z_s)}", "likelihood", forms=("importance draws", "importance resampling")),
    "defensive": Word("defensive", "Importance sampling that also draws from wide distributions, so that it misses no part of the posterior.",
        r"q = \tfrac13 q_\phi + \tfrac13 q_\text{wide} + \tfrac13 p(z)", "likelihood", forms=("defensive importance sampling",)),
    "adaptive": Word("adaptive", "Importance sampling from a distribution that was fitted to earlier draws, so that most draws count.",
        r"q_{k+1} \approx \sum_s w_s\, \delta_{z_s}, \quad z_s \sim q_k", "likelihood", forms=("adaptive importance sampling",)),
    "ess": Word("ESS", "Effective sample size: how many draws of equal weight the weighted draws are worth; higher is better.",
        r"\frac{(\sum_s w_s)^2}{\sum_s w_s^2}", "likelihood", forms=("effective sample size",)),
    "ais": Word("AIS", "Annealed importance sampling: draws move from the prior to the posterior in many small steps.",
        r"p(z)\, p(x|z)^{t}, \quad t: 0 \to 1", "likelihood", forms=("annealed importance", "annealed importance sampling", "temperature", "annealing")),
    "hmc": Word("HMC", "Hamiltonian Monte Carlo: a point rolls over the map like a ball and so draws from the posterior.",
        r"\dot z = v, \quad \dot v = \nabla_z \log p(z|x)", "repair", forms=("Hamiltonian Monte Carlo",)),
    "chain": Word("chain", "Draws one after the other, where each starts from the draw before it.", r"z_1 \to z_2 \to z_3 \to \dots", "repair",
        forms=("Markov chain", "pseudo-Gibbs", "Metropolis-within-Gibbs", "pseudo_gibbs", "metropolis")),
    "app-d": Word("App. D", "The paper's own estimator of log p(x): draws from the posterior, and a density fitted to them.",
        r"\frac1{p(x)} = \mathbb E_{p(z|x)}\left[\frac{q(z)}{p(x, z)}\right]", "likelihood"),
    "quadrature": Word("quadrature", "To add up a fine grid of points; exact, but only with one or two latent numbers.",
        r"p(x) \approx \sum_i p(x, z_i)\, \Delta z", "likelihood", forms=("exact (quadrature)", "grid")),
    "standard error": Word("standard error", "How far a mean of random draws usually lies from the truth; it is the number after ±.",
        r"\pm \frac{\text{standard deviation}}{\sqrt n}", "likelihood", forms=("±",)),
    "percentile": Word("percentile", "The share of the test images that do worse than this one.", r"\frac{\#\{i : \mathcal L_i < \mathcal L\}}{n}",
        "reconstruct", DRAW, ("better than", "higher than")),
    "variance": Word("variance", "How much random numbers differ from their mean; lower means steadier.",
        r"\operatorname{Var} g = \mathbb E\left[(g - \mathbb E g)^2\right]", "gradients"),
    # -- gradients and training
    "gradient": Word("gradient", "The direction in which the weights must move so that the bound rises fastest.",
        r"\nabla_{\theta,\phi} \mathcal L", "gradients"),
    "score function": Word("score function", "The plain way to a gradient: draw z, and make draws that did well more likely; very noisy.",
        r"\mathbb E_q\left[f(z)\, \nabla_\phi \log q_\phi(z)\right]", "gradients", forms=("naive estimator", "score", "baseline")),
    "reparameterisation": Word("reparameterisation", "Draw the noise first, then stretch and shift it, so that the slope reaches the encoder.",
        r"z = \mu + \sigma \odot \epsilon", "gradients", {"stage": "z = g(ε, x)"}, ("reparameterised", "reparameterization", "g(ε, x)")),
    "estimator": Word("estimator", "A recipe that guesses a number from random draws; estimator B computes the KL exactly, estimator A estimates it.",
        r"\tilde{\mathcal L}^A, \ \tilde{\mathcal L}^B", "gradients", forms=("estimator A", "estimator B")),
    "sticking the landing": Word("sticking the landing", "A gradient of the bound that gets steadier, the better q fits the true posterior; STL for short.",
        r"\frac{\partial}{\partial z}\left[\log p(x, z) - \log q(z|x)\right] \frac{\partial z}{\partial \phi}", "gradients", forms=("STL",)),
    "doubly reparameterised gradient": Word("doubly reparameterised gradient", "A gradient of the importance-weighted bound that gets steadier, the better q fits; DReG for short.",
        r"\sum_{l=1}^L s_l^2 \, \frac{\partial \log w_l}{\partial z^{(l)}} \frac{\partial z^{(l)}}{\partial \phi}", "gradients", forms=("DReG",)),
    "importance-weighted bound": Word("importance-weighted bound", "A higher bound on log p(x): the log of the mean weight of L draws from q; IWAE for short.",
        r"\log \frac1L \sum_{l=1}^L \frac{p(x, z^{(l)})}{q(z^{(l)}|x)}", "train", forms=("IWAE",)),
    "l-draws": Word("L", "How many z are drawn for each image in one step.", r"\frac1L \sum_{l=1}^L \log p(x|z^{(l)})", "gradients"),
    "minibatch": Word("minibatch", "The few images, chosen at random, that one step of training uses; M is how many.",
        r"X^M = \{x^{(i)}\}_{i=1}^M", "gradients", MINIBATCH_AXIS, ("batch", "batch size", "M", "minibatch size")),
    "epoch": Word("epoch", "One round of training in which each training image is seen once.", r"N / M\ \text{steps}", "train"),
    "learning rate": Word("learning rate", "How far the weights move in one step.", r"\theta \leftarrow \theta + \eta\, g", "train"),
    "optimiser": Word("optimiser", "The rule that turns a gradient into a step; Adam and Adagrad give each weight its own step.",
        r"\theta \leftarrow \theta + \eta\, g / \sqrt v", "train", forms=("Adam", "Adagrad")),
    "seed": Word("seed", "A number that fixes all random draws: the same seed gives the same numbers.", r"\text{seed} \mapsto \epsilon_1, \epsilon_2, \dots",
        "paths", PRIOR),
    "aevb": Word("AEVB", "The paper's algorithm: encoder and decoder climb the bound together.",
        r"\theta, \phi \leftarrow \theta, \phi + \eta\, \nabla \tilde{\mathcal L}", "train", forms=("Auto-Encoding Variational Bayes", "Algorithm 1")),
    "wake-sleep": Word("wake-sleep", "An older algorithm: the decoder learns from real images, and the encoder from images that the decoder drew.",
        r"\nabla_\theta \log p_\theta(x|z), \quad \nabla_\phi \log q_\phi(z|x)", "train"),
    "mcem": Word("Monte Carlo EM", "An algorithm without an encoder: it finds z with a chain for each image, and trains only the decoder.",
        r"z \sim p_\theta(z|x), \quad \nabla_\theta \log p_\theta(x|z)", "train", forms=("MCEM",)),
    "full vb": Word("full VB", "An algorithm that also treats the decoder's weights as random, and learns their distribution.",
        r"\theta \sim q_\phi(\theta)", "train"),
    "hole": Word("hole", "A place where the decoder draws a picture that looks like none of the test images' pictures.",
        r"\min_n \lVert \bar x(z) - \bar x(z_n) \rVert \text{ is large}", "compare"),
    "pca": Word("PCA", "Principal components: the straight directions in which the images differ most.",
        r"z = W^{\mathsf T}(x - \bar x)", "compare", forms=("principal", "principal component")),
    # -- repair and paths
    "y": Word("y", "What is left of an image after pixels are hidden, flipped or averaged.", r"y \sim p(y|x)", "repair",
        forms=("p(y|x)", "E[x|y]", "E[x|z, y]")),
    "p(z|y)": Word("p(z|y)", "Which places of the map fit what is seen of an image, and how likely each is.",
        r"p(z|y) = \frac{p(y|z)\, p(z)}{p(y)}", "repair", forms=("log p(z|y)", "p(z | what is seen)")),
    "psnr": Word("PSNR", "How close a repaired image is to the true one, in decibels (dB); higher is better.",
        r"10 \log_{10} \frac1{\text{mean squared error}}", "repair", COARSE, ("dB",)),
    "total variation": Word("total variation", "How different two distributions are: 0 is the same, 1 has nothing in common; lower is better.",
        r"\tfrac12 \int |p(z) - q(z)|\, dz", "repair"),
    "squared error": Word("squared error", "The square of the difference between two pixels; lower is better.", r"(x_d - \hat x_d)^2", "compare"),
    "spherical": Word("spherical", "A path that turns around the middle of the map instead of crossing it.",
        r"\lVert z_t \rVert = (1 - t) \lVert z_A \rVert + t \lVert z_B \rVert", "paths", {"model": "mnist-20d", "path_shape": "spherical"}),
}  # fmt: skip


@cache
def patterns() -> tuple[tuple[str, str], ...]:
    """A regular expression, for Python and for the browser, of each form on screen, the longest first, and the entry's key."""
    forms = [(form, key) for key, word in WORDS.items() for form in (word.name, *word.forms)]
    return tuple((_pattern(form), key) for form, key in sorted(forms, key=lambda pair: -len(pair[0])))


def _pattern(form: str) -> str:
    text = re.sub(r"([\\^$.*+?()\[\]{}|])", r"\\\1", form)
    if len(form) > 2 and form[0].isalpha() and form[0].islower():
        text = f"[{form[0].upper()}{form[0]}]{text[1:]}"
    letters = "A-Za-z0-9_α-ωΑ-Ω"
    before = (
        f"(?<![{letters}|])(?<![{letters}]\\()" if len(form) == 1 else f"(?<![{letters}])"
    )  # the z of f(z) is no word
    after = "s?" if len(form) > 2 and form[-1].isalpha() else ""
    return f"{before}{text}{after}" + (f"(?![{letters}])" if form[-1].isalnum() else "")


def words_in(text: str) -> Iterator[tuple[str, str]]:
    """The words of the glossary in a text, in its order: how each stands there, and its key."""
    for match in _all_forms().finditer(text):
        yield match[0], patterns()[(match.lastindex or 1) - 1][1]


@cache
def _all_forms() -> re.Pattern[str]:
    return re.compile("|".join(f"({pattern})" for pattern, _ in patterns()))
