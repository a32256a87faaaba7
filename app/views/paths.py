"""Paths: from one image or point to another through latent space; each dimension by itself; the prior and q(z). Its views are in
`path_views`."""

import streamlit as st

from aevb_lab import controls, linked
from aevb_lab.path_views.aggregate import aggregate_view
from aevb_lab.path_views.dimensions import dimensions_view
from aevb_lab.path_views.images import is_of_digits
from aevb_lab.path_views.path import path_view
from aevb_lab.path_views.samples import samples_view
from aevb_lab.session.models import LoadedModel

VIEWS = ("a path", "each dimension", "prior samples", "q(z) beside the prior")
QUESTIONS = {  # and what to do, or what there is to see
    VIEWS[0]: (
        "Is every image in between a digit?",
        "Drag A and B on the map, or choose two digits. Then play the way from one to the other.",
    ),
    VIEWS[1]: (
        "What does each latent number change?",
        "In each row one latent number goes from −3 to 3, and the others stay. Choose another image.",
    ),
    VIEWS[2]: (
        "Which of these could not be real images?",
        "Nobody made them: the model draws them from random z. Press each image that could not be real.",
    ),
    VIEWS[3]: (
        "Does every random z draw a picture like a real one?",
        "Training pulls the codes of all images, the cloud q(z), towards the prior. Press a mark: what is drawn there?",
    ),
}
WITHOUT_A_MAP = (
    QUESTIONS[VIEWS[3]][0],
    "Training pulls the codes of all images towards the prior.",
)  # with one latent number
OF_OTHER_IMAGES = (
    "Could every image in between be a real one?",
    "Choose two images, A and B, and play the way from one to the other.",
)
MATHS = {
    VIEWS[0]: r"""
$z_t = (1 - t)\, z_A + t\, z_B$ with $z_A$ and $z_B$ the means $\mu_\phi(x)$ of $q_\phi(z|x)$ of two images, or points;
each frame is the mean of $p_\theta(x|z_t)$. The prior's density is
$\log p(z) = -\tfrac12 \lVert z \rVert^2 - \tfrac J2 \log 2\pi$: it is highest at the origin. That does not make the origin usual.
$\lVert z \rVert$ of a draw follows the $\chi$ distribution with $J$ degrees of freedom. So in many dimensions nearly all of the
prior lies at $\lVert z \rVert \approx \sqrt J$. A straight path cuts through the empty middle. A *spherical* path turns the direction and the length of $z$ evenly instead.

$$z_t = r_t \left( \frac{\sin (1-t)\omega}{\sin \omega} \frac{z_A}{\lVert z_A \rVert}
+ \frac{\sin t\omega}{\sin \omega} \frac{z_B}{\lVert z_B \rVert} \right)$$

Here $r_t = (1-t) \lVert z_A \rVert + t \lVert z_B \rVert$, and $\omega$ is the angle between $z_A$ and $z_B$.
""",
    VIEWS[1]: r"""
With a diagonal $q_\phi(z|x) = \mathcal N(\mu, \operatorname{diag} \sigma^2)$ the KL is a sum over dimensions,
$D_{KL} = \sum_j \tfrac12 \left( \mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2 \right)$ (App. B). A dimension is *active* if
$\operatorname{Var}_x\left[\mu_j(x)\right] > 0.01$ (Burda, Grosse and Salakhutdinov, arXiv:1509.00519).
""",
    VIEWS[
        2
    ]: r"$z \sim p(z) = \mathcal N(0, I)$, then $x \sim p_\theta(x|z)$: the generative model of sec. 2, from the top down.",
    VIEWS[3]: r"""
$$q(z) = \frac1N \sum_i q_\phi(z|x_i), \qquad \frac1N \sum_i D_{KL}\left(q_\phi(z|x_i) \,\|\, p(z)\right) =
I_q(i; z) + D_{KL}\left(q(z) \,\|\, p(z)\right)$$

The first term on the right is what $z$ tells about which of the $N$ images it is, and at most $\log N$. The second is how far all codes
together are from the prior. So it is at least the mean KL less $\log N$, whatever the model is, and it falls with more images.

It is large where codes lie and the prior is low. It does not say the opposite, whether draws from the prior land where no image is
encoded. That is measured: an empty place is more than 3 standard deviations of $q_\phi(z|x_i)$ away from each $\mu_i$.
""",
}


@controls.page_of_model
def page(model: LoadedModel) -> None:
    head = st.container()
    view = linked.choice("Look at", VIEWS, key="paths_view", label_visibility="collapsed")
    with head:
        question = QUESTIONS[view]
        if view == VIEWS[0] and not is_of_digits(model):
            question = OF_OTHER_IMAGES
        elif view == VIEWS[3] and model.vae.config.latent_dim == 1:
            question = WITHOUT_A_MAP
        controls.page_head("Paths", *question)
    {VIEWS[0]: path_view, VIEWS[1]: dimensions_view, VIEWS[2]: samples_view, VIEWS[3]: aggregate_view}[view](model)
    controls.show_maths(MATHS[view])


page()
