"""The words and symbols on screen: each in one sentence, with an example in numbers, in symbols, and with a page where one can try it."""

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
    """One entry. `example` has numbers. `symbols` is LaTeX. `page` is the name of a view, and `link` its query parameters there. `forms` are
    other spellings on screen; the name itself always counts."""

    name: str
    meaning: str
    example: str
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
    "x": Word("x", "The image that goes into the model, as a list of its pixels.",
        "A digit of 28 × 28 pixels is a list of 784 numbers.",
        r"x \in \mathbb R^D", "reconstruct"),
    "z": Word("z", "The few numbers that stand for an image: its code, and its place on the map.",
        "784 pixels become 2 numbers, such as z = (0.5, −1.2).",
        r"z \in \mathbb R^J", "latent_map", forms=("codes", "its code", "same code", "image's code", "code of a test image")),
    "latent": Word("latent", "Hidden: a latent number is one that nobody measures and that the model finds by itself.",
        "With latent size 2, an image has two hidden numbers, z₁ and z₂.",
        r"z = (z_1, \dots, z_J)", "latent_map", forms=("latent plane", "latent space", "latent size", "latent dimension")),
    "vae": Word("VAE", "A variational autoencoder: an encoder and a decoder, trained together so that z has a known distribution.",
        "784 pixels become 2 numbers, and these become 784 pixels; 95 of 100 first numbers lie between −2 and 2.",
        r"x \to q(z|x) \to z \to p(x|z)", "train", forms=("variational autoencoder",)),
    "autoencoder": Word("autoencoder", "It squeezes an image into a few numbers and draws it again, with no prior to say where these numbers should lie.",
        "784 pixels become 2 numbers, and these become 784 pixels; the 2 numbers may be 0.1 and 3, or 40 and −90.",
        r"x \to z \to \hat x", "compare", forms=("plain autoencoder",)),
    "encoder": Word("encoder", "The network that looks at an image and says where on the map it may lie.",
        "For a 7 it may say: z₁ is about 1.2, and usually not more than 0.1 away.",
        r"q_\phi(z|x)", "bound", forms=("encode", "encoded", "encoding", "recognition model")),
    "decoder": Word("decoder", "The network that draws an image for each place of the map.",
        "At z = (0, 0) it may say: this pixel is white with the probability 0.9.",
        r"p_\theta(x|z)", "latent_map", forms=("decode", "decoded", "decoding", "live decoder")),
    "prior": Word("prior", "How likely each place of the map is before we see any image: most in the middle, least at the edge.",
        "A number of z lies between −1 and 1 in 68 of 100 draws, and between −2 and 2 in 95.",
        r"p(z) = \mathcal N(z; 0, I)", "paths", PRIOR, ("p(z)", "N(0, I)", "log p(z)", "p(z_j)")),
    "posterior": Word("posterior", "Which places of the map could have made this image, and how likely each is.",
        "Is it a 4 or a 9? Of the places that fit, 70 % may draw a 4, and 30 % a 9.",
        r"p(z|x) = \frac{p(x|z)\, p(z)}{p(x)}", "latent_map", CLOSER, ("p(z|x)", "true posterior")),
    "q(z|x)": Word("q(z|x)", "The encoder's guess of the posterior: a round or oval cloud of places for one image.",
        "With μ = 1.2 and σ = 0.1, 68 of 100 draws of z lie between 1.1 and 1.3.",
        r"q_\phi(z|x) = \mathcal N(z; \mu, \sigma^2 I)", "bound", forms=("q", "approximate posterior", "q(z_j|x)", "your q")),
    "q(z)": Word("q(z)", "The clouds of all images together: it should look like the prior.",
        "If it looks like the prior, 68 of 100 draws of z₁ lie between −1 and 1.",
        r"q(z) = \frac1N \sum_i q(z|x_i)",
        "paths", AGGREGATE, ("aggregate posterior", "log q(z)")),
    "p(x|z)": Word("p(x|z)", "How likely the decoder finds an image at one place of the map, pixel by pixel.",
        "Two pixels are as they are with the probabilities 0.9 and 0.5: together 0.9 × 0.5 = 0.45.",
        r"p_\theta(x|z) = \prod_d p_\theta(x_d|z)", "reconstruct", forms=("likelihood", "log p(x|z)")),
    "log p(x)": Word("log p(x)", "The logarithm of how likely the whole model finds an image; higher is better.",
        "−100 nats for one image and −102 for another: the first is 7.4 times as likely.",
        r"\log p(x) = \log \int p(x|z)\, p(z)\, dz", "likelihood", forms=("marginal likelihood", "p(x)", "p(X)", "log p(X)")),
    "mu": Word("μ", "The middle of the encoder's cloud for one image.",
        "A cloud around z = (1.2, −0.3) has μ = (1.2, −0.3).",
        r"\mu = \mathbb E_{q(z|x)}[z]", "gradients", {"stage": "Encode"}, ("encoded mean", "mu")),
    "sigma": Word("σ", "The standard deviation: how far a random number usually lies from its mean.",
        "With the mean 10 and σ = 2, 68 of 100 numbers lie between 8 and 12.",
        r"\sigma = \sqrt{\operatorname{Var} z}",
        "gradients", {"stage": "Encode"}, ("standard deviation", "sigma", "s.d.")),
    "eps": Word("ε", "Noise: random numbers that are drawn before the model does anything with them.",
        "ε = (0.3, −1.1): two draws from the bell curve around 0.",
        r"\epsilon \sim \mathcal N(0, I)",
        "gradients", {"stage": "Noise"}, ("eps", "noise")),
    "theta": Word("θ", "All weights of the decoder.",
        "A layer from 2 numbers to 500 has 2 × 500 + 500 = 1,500 weights.",
        r"\theta", "gradients", {"stage": "Gradient"}, ("theta", "p(theta)", "log p(theta)")),
    "phi": Word("φ", "All weights of the encoder.",
        "A layer from 784 pixels to 500 numbers has 784 × 500 + 500 = 392,500 weights.",
        r"\phi", "gradients", {"stage": "Gradient"}, ("phi",)),
    "Phi": Word("Φ", "The share of a standard normal distribution that lies below a number, from 0 to 1.",
        "Φ(0) = 0.5 and Φ(1) = 0.84.",
        r"\Phi(z) = \int_{-\infty}^z \mathcal N(t; 0, 1)\, dt", "latent_map", {"coordinates": "probability"}, ("Φ(z)", "probability coordinates")),
    "gaussian": Word("Gaussian", "The bell curve: most draws lie near the middle, and few lie far away.",
        "With the mean 0 and σ = 1, 68 of 100 draws lie between −1 and 1.",
        r"\mathcal N(z; \mu, \sigma^2)", "bound", forms=("normal distribution", "standard normal")),
    "bernoulli": Word("Bernoulli", "A coin for each pixel: it is white with some probability, otherwise black.",
        "With the probability 0.9, the pixel is white in about 9 of 10 draws.",
        r"p(x_d) = \lambda^{x_d} (1 - \lambda)^{1 - x_d}", "train", forms=("continuous Bernoulli",)),
    "manifold": Word("manifold", "All images that the decoder can draw, side by side by their places on the map.",
        "20 × 20 places, side by side, show 400 of them.",
        r"\{\, \mathbb E[x|z] : z \in \mathbb R^J \}", "latent_map"),
    "mosaic": Word("mosaic", "Small decoded images in rows: each one shows what the decoder draws at its place.",
        "12 rows of 12 small images show 144 places.",
        r"\mathbb E[x \,|\, z_{ij}]", "latent_map", {"layers": "images"}),
    "reconstruction": Word("reconstruction", "The image that comes back after encoding and decoding; as a number, how well it fits.",
        "As a number: −80 nats fits better than −90 nats.",
        r"\mathbb E_{q(z|x)}[\log p(x|z)]", "reconstruct", forms=("reconstruct", "E[log p(x|z)]")),
    # -- the bound
    "nats": Word("nats", "A unit of information, as bits are: one nat is 1.44 bits.",
        "100 nats = 144 bits = 18 bytes.",
        r"1\ \text{nat} = \log_2 e \approx 1.44\ \text{bits}",
        "bound", forms=("nat",)),
    "elbo": Word("ELBO", "A floor under log p(x): how well the image is drawn, minus what its code costs; higher is better.",
        "Drawn with −80 nats, code 20 nats: the ELBO is −80 − 20 = −100, so log p(x) is −100 or higher.",
        r"\mathcal L = \mathbb E_{q}[\log p(x|z)] - D_{KL}(q(z|x) \,\|\, p(z))", "bound", forms=("the bound", "bound")),
    "density": Word("density", "How closely points lie there, on the average: p(x) times a small area is the share of draws in it.",
        "20 of 100 draws lie in a square of area 0.5: the density there is about 0.2 / 0.5 = 0.4.",
        r"p_\theta(x) = \int p(z)\, p_\theta(x|z)\, dz", "sketch"),
    "collapse": Word("collapse", "q(z|x) is the prior for every x, so z says nothing: the decoder makes the same of every z.",
        "The KL is 0 nats for every x, and z = (1, 2) gives the same picture as z = (−2, 0).",
        r"q(z|x) = p(z)", "sketch", {"sketch_question": "What if beta is too large?", "sketch_beta": "10.0"}),
    "bits": Word("bits", "Zeros and ones. A good code for something with the probability p takes −log₂ p of them.",
        "For something with the probability 1/8, a good code takes 3 bits.",
        r"-\log_2 p(x)", "code", forms=("bit",)),
    "bits back": Word("bits-back coding", "To let bits of a message choose z. The receiver can put them back, so that z costs only what it tells.",
        "The code for z takes 20 bits, and 15 of them come back: z costs 5.",
        r"-\log_2 p(x|z) - \log_2 p(z) + \log_2 q(z|x)", "code", forms=("bits back",)),
    "tower": Word("tower of bits", "A message as a stack: the image that goes on last comes off first.",
        "Image 1 goes on, then image 2: image 2 comes off first.",
        r"\text{last in, first out}", "code", forms=("tower",)),
    # -- steering
    "attribute": Word("attribute", "What can be measured of an image: its slant, stroke width, height, width, ink; its hue, brightness, size.",
        "A 7 may have a slant of 12°, strokes 2.5 pixels wide, and a height of 20 pixels.",
        r"a(\hat x(z))", "steer", forms=("attributes",)),
    "slant": Word("slant", "How far a shape leans to the right, in degrees, from the moments of its pixels.",
        "At 0° a shape is upright, and at 20° it clearly leans.",
        r"\arctan(-\sigma_{uv} / \sigma_{vv})", "steer"),
    "stroke width": Word("stroke width", "How thick the strokes are: twice the ink by the length of the outline, in pixels.",
        "Ink of 60 pixels and an outline of 40: 2 × 60 / 40 = 3 pixels.",
        r"2 M / T", "steer"),
    "steered": Word("steered", "Moved in short steps, each the least change of z that does what was asked and lets all else stay.",
        "10° more slant may take ten steps of 1°.",
        r"\Delta z = J^\top (J J^\top + \lambda I)^{-1} r", "steer"),
    "plain way": Word("plain way", "A straight line in z, along the mean direction of all test images: it knows no bends.",
        "If 1° of slant is a move by (0.1, 0) on average, 10° is a move by (1, 0).",
        r"\Delta z = \beta\, \Delta a", "steer"),
    "chi": Word("χ", "The law of the length of z under the prior: in many dimensions nearly all draws have about the same length.",
        "In 100 dimensions, most draws have a length between 9 and 11.",
        r"\lVert z \rVert \approx \sqrt J", "paths", forms=("chi distribution",)),
    "kl": Word("KL", "How far one distribution is from another, in nats; between q(z|x) and the prior it is what z costs.",
        "Take two bell curves with σ = 1, at 0 and at μ. For μ = 1 the KL is 0.5 nats, for μ = 2 it is 2.",
        r"D_{KL}(q \,\|\, p) = \mathbb E_q\left[\log \frac{q}{p}\right] \ge 0", "bound",
        forms=("KL(q(z|x) ‖ p(z))", "KL(q‖p(z|x))", "KL(q(z) ‖ p(z))", "KL(q(z_j|x) ‖ p(z_j))", "KL term")),
    "axis-aligned": Word("axis-aligned", "Not tilted: the longest way through such an oval is parallel to an axis.",
        "σ = (0.5, 0.2) says all of such an oval: 0.5 along z₁, 0.2 along z₂. A tilted one also needs its angle.",
        r"q(z) = q(z_1)\, q(z_2)", "latent_map", CLOSER),
    "split": Word("split", "Which part of the data a number was measured on: images for training, or images for the test.",
        "Of 1,797 digits, 1,500 are for training, and 297 for the test.",
        r"X = X_\text{train} \cup X_\text{test}", "models"),
    "gap": Word("gap", "How far the ELBO is below log p(x), because q is not the true posterior; 0 is best.",
        "log p(x) is −98 and the ELBO −100: the gap is 2 nats.",
        r"\log p(x) - \mathcal L = D_{KL}(q(z|x) \,\|\, p(z|x))", "bound"),
    "amortisation": Word("amortisation", "One encoder serves all images, so its guess for one image is not the best one.",
        "The encoder's q gives an ELBO of −100, the best q for this one image −99: amortisation costs 1 nat.",
        r"\mathcal L(q^*; x) - \mathcal L(q_\phi; x) \ge 0", "latent_map", CLOSER),
    "beta": Word("beta", "How much the KL counts in training: 0 gives a plain autoencoder, 1 the bound.",
        "Drawn with −80 nats, KL 20: with beta 1 that counts −80 − 20 = −100, with beta 2 −80 − 40 = −120.",
        r"\mathbb E_q[\log p(x|z)] - \beta D_{KL}", "compare", TRAVEL, ("β",)),
    "binarisation": Word("binarisation", "To make grey pixels black or white: by a threshold, or by a draw for each pixel.",
        "A grey pixel of 0.7: above the threshold 0.5, so white; by a draw, white 7 times in 10.",
        r"x_d \in \{0, 1\}", "bound", forms=("binarised", "binarisations", "published draw")),
    "active units": Word("active", "A latent dimension is active if it differs from image to image; otherwise it is dead.",
        "Of 20 dimensions, 12 may differ from image to image, and 8 are dead.",
        r"\operatorname{Var}_x[\mu_j(x)] > 0.01", "paths", DIMENSIONS, ("active unit", "active dimension", "dead")),
    "information": Word("information", "How many nats the place on the map tells about which image it came from.",
        "2.3 nats are enough to tell which of 10 equally likely images it was.",
        r"I_q(x; z)", "paths", AGGREGATE),
    # -- estimating
    "importance": Word("importance sampling", "To estimate with draws from an easier distribution; a weight corrects each draw.",
        "A rare case is drawn 10 times as often as it is; so each such draw counts as one tenth.",
        r"p(x) \approx \frac1S \sum_s \frac{p(x, z_s)}{q(z_s)}", "likelihood", forms=("importance draws", "importance resampling")),
    "defensive": Word("defensive", "Importance sampling that also draws from wide distributions, so that it misses no part of the posterior.",
        "Of 300 draws, 100 come from q, 100 from a wider distribution, and 100 from the prior.",
        r"q = \tfrac13 q_\phi + \tfrac13 q_\text{wide} + \tfrac13 p(z)", "likelihood", forms=("defensive importance sampling",)),
    "adaptive": Word("adaptive", "Importance sampling from a distribution that was fitted to earlier draws, so that most draws count.",
        "At first 5 of 100 draws count, after some rounds perhaps 80.",
        r"q_{k+1} \approx \sum_s w_s\, \delta_{z_s}, \quad z_s \sim q_k", "likelihood", forms=("adaptive importance sampling",)),
    "ess": Word("ESS", "Effective sample size: how many draws of equal weight the weighted draws are worth; higher is better.",
        "100 weights, one of them 0.9, and all others together 0.1: worth only 1.2 draws of equal weight.",
        r"\frac{(\sum_s w_s)^2}{\sum_s w_s^2}", "likelihood", forms=("effective sample size",)),
    "ais": Word("AIS", "Annealed importance sampling: draws move from the prior to the posterior in many small steps.",
        "100 steps: t = 0, then 0.01, 0.02, and so on up to 1.",
        r"p(z)\, p(x|z)^{t}, \quad t: 0 \to 1", "likelihood", forms=("annealed importance", "annealed importance sampling", "temperature", "annealing")),
    "hmc": Word("HMC", "Hamiltonian Monte Carlo: a point rolls over the map like a ball and so draws from the posterior.",
        "On level ground, a point at (0, 0) with the speed (1, 0) is at (1, 0) after a time of 1.",
        r"\dot z = v, \quad \dot v = \nabla_z \log p(z|x)", "repair", forms=("Hamiltonian Monte Carlo",)),
    "chain": Word("chain", "Draws one after the other, where each starts from the draw before it.",
        "z = 0.2, then 0.5, then 0.4: each is near the one before.",
        r"z_1 \to z_2 \to z_3 \to \dots", "repair", forms=("Markov chain", "pseudo-Gibbs", "Metropolis-within-Gibbs", "pseudo_gibbs", "metropolis")),
    "app-d": Word("App. D", "The paper's own estimator of log p(x): draws from the posterior, and a density fitted to them.",
        "If the mean of q(z) / p(x, z) is 50, then p(x) is about 1 / 50 = 0.02.",
        r"\frac1{p(x)} = \mathbb E_{p(z|x)}\left[\frac{q(z)}{p(x, z)}\right]", "likelihood"),
    "quadrature": Word("quadrature", "To add up a fine grid of points; exact, but only with one or two latent numbers.",
        "Three points, 0.5 apart, have p(x, z) = 0.1, 0.4 and 0.1: the sum is 0.6 × 0.5 = 0.3.",
        r"p(x) \approx \sum_i p(x, z_i)\, \Delta z", "likelihood", forms=("exact (quadrature)", "grid")),
    "standard error": Word("standard error", "How far a mean of random draws usually lies from the truth; it is the number after ±.",
        "−98.2 ± 0.3: in 68 of 100 such cases, the truth is at most 0.3 away.",
        r"\pm \frac{\text{standard deviation}}{\sqrt n}", "likelihood", forms=("±",)),
    "percentile": Word("percentile", "The share of the test images that do worse than this one.",
        "900 of 1,000 test images do worse: the percentile is 90.",
        r"\frac{\#\{i : \mathcal L_i < \mathcal L\}}{n}",
        "reconstruct", DRAW, ("better than", "higher than")),
    "variance": Word("variance", "How much random numbers differ from their mean; lower means steadier.",
        "4 and 6 have the mean 5, and each is 1 away from it: the variance is 1.",
        r"\operatorname{Var} g = \mathbb E\left[(g - \mathbb E g)^2\right]", "gradients"),
    # -- gradients and training
    "gradient": Word("gradient", "The direction in which the weights must move so that the bound rises fastest.",
        "A weight grows by 0.01, and the bound by 0.02 nats: the gradient is 2 nats for each unit.",
        r"\nabla_{\theta,\phi} \mathcal L", "gradients"),
    "score function": Word("score function", "The plain way to a gradient: draw z, and make draws that did well more likely; very noisy.",
        "z = 0.5 got −45 nats, z = 0.9 only −47: make z = 0.5 more likely.",
        r"\mathbb E_q\left[f(z)\, \nabla_\phi \log q_\phi(z)\right]", "gradients", forms=("naive estimator", "score")),
    "baseline": Word("baseline", "The mean value of the other draws: it is subtracted from a draw's value, which then says better or worse.",
        "The other draws have −47 nats on average: a draw with −45 then counts +2, one with −48 counts −1.",
        r"f(z) - \bar f", "gradients"),
    "reparameterisation": Word("reparameterisation", "Draw the noise first, then stretch and shift it, so that the slope reaches the encoder.",
        "With μ = 2, σ = 0.5 and ε = −1, z = 2 + 0.5 × (−1) = 1.5.",
        r"z = \mu + \sigma \odot \epsilon", "gradients", {"stage": "Code z"}, ("reparameterised", "reparameterization", "g(ε, x)")),
    "estimator": Word("estimator", "A recipe that guesses a number from random draws; estimator B computes the KL exactly, estimator A estimates it.",
        "Ten draws have the mean 4.8, so it guesses 4.8; ten others may give 5.1.",
        r"\tilde{\mathcal L}^A, \ \tilde{\mathcal L}^B", "gradients", forms=("estimator A", "estimator B")),
    "sticking the landing": Word("sticking the landing", "A gradient of the bound that gets steadier, the better q fits the true posterior; STL for short.",
        "Where q is the true posterior, this gradient is exactly 0 for the encoder in every draw.",
        r"\frac{\partial}{\partial z}\left[\log p(x, z) - \log q(z|x)\right] \frac{\partial z}{\partial \phi}", "gradients", forms=("STL",)),
    "doubly reparameterised gradient": Word("doubly reparameterised gradient", "A gradient of the importance-weighted bound that gets steadier, the better q fits; DReG for short.",
        "Two draws with the shares 0.9 and 0.1 count 0.81 and 0.01.",
        r"\sum_{l=1}^L s_l^2 \, \frac{\partial \log w_l}{\partial z^{(l)}} \frac{\partial z^{(l)}}{\partial \phi}", "gradients", forms=("DReG",)),
    "importance-weighted bound": Word("importance-weighted bound", "A higher bound on log p(x): the log of the mean weight of L draws from q; IWAE for short.",
        "Two draws with the weights 0.2 and 0.4 have the mean 0.3, and log 0.3 = −1.2 nats.",
        r"\log \frac1L \sum_{l=1}^L \frac{p(x, z^{(l)})}{q(z^{(l)}|x)}", "train", forms=("IWAE",)),
    "l-draws": Word("L", "How many z are drawn for each image in one step.",
        "L = 1 draws one z for each image, and L = 16 draws sixteen.",
        r"\frac1L \sum_{l=1}^L \log p(x|z^{(l)})", "gradients"),
    "minibatch": Word("minibatch", "The few images, chosen at random, that one step of training uses; M is how many.",
        "With M = 100, a step uses 100 of 60,000 images.",
        r"X^M = \{x^{(i)}\}_{i=1}^M", "gradients", MINIBATCH_AXIS, ("batch", "batch size", "M", "minibatch size")),
    "epoch": Word("epoch", "One round of training in which each training image is seen once.",
        "60,000 images, 100 in each step: 600 steps.",
        r"N / M\ \text{steps}", "train"),
    "learning rate": Word("learning rate", "How far the weights move in one step.",
        "With the learning rate 0.01 and the gradient 3, the weight moves by 0.03.",
        r"\theta \leftarrow \theta + \eta\, g", "train"),
    "optimiser": Word("optimiser", "The rule that turns a gradient into a step; Adam and Adagrad give each weight its own step.",
        "Two weights have the gradients 3 and 0.03: Adam's first step moves both equally far.",
        r"\theta \leftarrow \theta + \eta\, g / \sqrt v", "train", forms=("Adam", "Adagrad")),
    "seed": Word("seed", "A number that fixes all random draws: the same seed gives the same numbers.",
        "Two runs with seed 0 end with the same weights; a run with seed 1 ends with others.",
        r"\text{seed} \mapsto \epsilon_1, \epsilon_2, \dots",
        "paths", PRIOR),
    "aevb": Word("AEVB", "The paper's algorithm: encoder and decoder climb the bound together.",
        "One step may lift the mean ELBO of 8 images from −46.6 to −46.4 nats.",
        r"\theta, \phi \leftarrow \theta, \phi + \eta\, \nabla \tilde{\mathcal L}", "train", forms=("Auto-Encoding Variational Bayes", "Algorithm 1")),
    "wake-sleep": Word("wake-sleep", "An older algorithm: the decoder learns from real images, and the encoder from images that the decoder drew.",
        "100 real images teach the decoder, and 100 drawn images teach the encoder.",
        r"\nabla_\theta \log p_\theta(x|z), \quad \nabla_\phi \log q_\phi(z|x)", "train"),
    "mcem": Word("Monte Carlo EM", "An algorithm without an encoder: it finds z with a chain for each image, and trains only the decoder.",
        "100 images need 100 chains, one for each z.",
        r"z \sim p_\theta(z|x), \quad \nabla_\theta \log p_\theta(x|z)", "train", forms=("MCEM",)),
    "full vb": Word("full VB", "An algorithm that also treats the decoder's weights as random, and learns their distribution.",
        "A weight is not the number 0.3: it is a bell curve around 0.3 with σ = 0.1.",
        r"\theta \sim q_\phi(\theta)", "train"),
    "hole": Word("hole", "A place where the decoder draws a picture that looks like none of the test images' pictures.",
        "The most similar test image's picture differs by 1.2, and the limit is 0.8: that is a hole.",
        r"\min_n \lVert \bar x(z) - \bar x(z_n) \rVert \text{ is large}", "compare"),
    "pca": Word("PCA", "Principal components: the straight directions in which the images differ most.",
        "Of 64 directions, the first 2 may hold 30 % of all differences.",
        r"z = W^{\mathsf T}(x - \bar x)", "compare", forms=("principal", "principal component")),
    # -- repair and paths
    "y": Word("y", "What is left of an image after pixels are hidden, flipped or averaged.",
        "The upper half of an image of 784 pixels: y has 392 of them.",
        r"y \sim p(y|x)", "repair", forms=("p(y|x)", "E[x|y]", "E[x|z, y]")),
    "p(z|y)": Word("p(z|y)", "Which places of the map fit what is seen of an image, and how likely each is.",
        "The upper half fits two digits: 60 % of the places may draw a 9, and 40 % a 7.",
        r"p(z|y) = \frac{p(y|z)\, p(z)}{p(y)}", "repair", forms=("log p(z|y)", "p(z | what is seen)")),
    "psnr": Word("PSNR", "How close a repaired image is to the true one, in decibels (dB); higher is better.",
        "A mean squared error of 0.01 is 20 dB, and one of 0.001 is 30 dB.",
        r"10 \log_{10} \frac1{\text{mean squared error}}", "repair", COARSE, ("dB",)),
    "total variation": Word("total variation", "How different two distributions are: 0 is the same, 1 has nothing in common; lower is better.",
        "Shares of 0.7 and 0.3 against 0.5 and 0.5: half of 0.2 + 0.2, so 0.2.",
        r"\tfrac12 \int |p(z) - q(z)|\, dz", "repair"),
    "squared error": Word("squared error", "The square of the difference between two pixels; lower is better.",
        "For the pixels 0.9 and 0.6 it is 0.3² = 0.09.",
        r"(x_d - \hat x_d)^2", "compare"),
    "spherical": Word("spherical", "A path that turns around the middle of the map instead of crossing it.",
        "From (3, 0) to (0, 3): halfway it is at (2.1, 2.1), as far from the middle as both ends.",
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
