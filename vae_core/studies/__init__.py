"""What the pages show, each number one call: `studies.close_up(vae, x)`. Tensors go in, a frozen record of numpy arrays and floats
comes out; randomness is a `seed`."""

from vae_core.coding.rivals import Rival
from vae_core.data.point_sets import point_set, points_as_data, points_of_text, text_of_points
from vae_core.doors import guard_doors
from vae_core.studies.borders import Border, border
from vae_core.studies.close_ups import CloseUp, GapParts, close_up, decoded_grid
from vae_core.studies.code_sums import (
    Neighbours,
    class_codes,
    code_sum,
    mean_code,
    nearest_images,
    rows_inside,
    towards_class,
    usual_distance,
)
from vae_core.studies.coding import (
    Flip,
    RandomBits,
    Tower,
    codable,
    compare_codes,
    decode_random,
    flip_bit,
    share_alike,
    tower,
    unlikeness,
)
from vae_core.studies.decoder import DecoderLayers, count_mean_numbers, decoded_at, log_likelihood_at, mean_layers
from vae_core.studies.drawn_points import (
    Moment,
    PlanePicture,
    first_picture,
    gaussian_log_density,
    has_settled,
    model_file_with_sigma,
    moment_of,
    plane_config,
    plane_picture,
    train_points,
    with_sigma,
)
from vae_core.studies.encodings import Draws, draw_codes, encoded
from vae_core.studies.estimation import Effort, Estimate, Estimator, estimate, estimators, sampled_elbo
from vae_core.studies.examples import (
    Examples,
    examples_from_others,
    load_examples,
    pack_examples,
    shown_images,
    take_examples,
)
from vae_core.studies.gaussians import Gaussian, best_gaussians, log_gaussian
from vae_core.studies.gradient_variance import (
    Measurement,
    Setting,
    Variance,
    average_variance,
    binary_draw,
    measure_variances,
    untrained,
    variance_ratio,
    variance_settings,
)
from vae_core.studies.holes import Compared, Holes, compare_with_codes, hole_map, holes
from vae_core.studies.image_bounds import ImageBound, image_bound
from vae_core.studies.iterations import FirstMinibatch, Iteration, iteration, trace_step
from vae_core.studies.own_image import OwnImage, encode_drawing, encode_image, encode_picture, framing_of
from vae_core.studies.paths import (
    Aggregate,
    Dimensions,
    LatentPath,
    PriorSamples,
    aggregate,
    dimensions,
    encoded_point,
    moved_to_place,
    path_between,
    prior_samples,
    usual_radius,
)
from vae_core.studies.planes import (
    Plane,
    View,
    axis_title,
    choose_plane,
    class_middles,
    class_rows,
    reach_of,
    spread_axes,
    to_probability,
    widest_axes,
)
from vae_core.studies.reconstructions import Bounds, measure_bounds, reconstruct
from vae_core.studies.redrawing import Redraw, Spread, fresh_spread, redraws
from vae_core.studies.repairs import (
    Answer,
    Chain,
    Damage,
    Raster,
    Repair,
    block,
    chain,
    factors,
    hidden_pixels,
    hidden_text,
    likely_classes,
    observe,
    raster,
    repair,
)
from vae_core.studies.side_by_side import SharedPlane, Twin, distance_to_prior, shared_plane, twins
from vae_core.studies.single_gradients import SingleGradients, single_gradients
from vae_core.studies.sketches import CurveGap, Loop, compare_curve, loop_around, nearest_factor
from vae_core.studies.steering import Handles, Steered, Sweep, changed_most, handles, steer, steer_plainly, sweep
from vae_core.studies.toys import Toy, ToyBound, toy, toy_bound, toy_lead, train_toy
from vae_core.studies.travel import (
    DecodedFrame,
    branch_points,
    decode_frame,
    encoded_points,
    model_at,
    point_classes,
    prior_draws,
    shown_rows,
)
from vae_core.studies.watching import FirstMove, dead_dimensions, first_move

__all__ = ["Aggregate", "Answer", "Border", "Bounds", "Chain", "CloseUp", "Compared", "CurveGap", "Damage", "DecodedFrame", "DecoderLayers", "Dimensions", "Draws", "Effort", "Estimate", "Estimator", "Examples", "FirstMinibatch", "FirstMove", "Flip", "GapParts", "Gaussian", "Handles", "Holes", "ImageBound", "Iteration", "LatentPath", "Loop", "Measurement", "Moment", "Neighbours", "OwnImage", "Plane", "PlanePicture", "PriorSamples", "RandomBits", "Raster", "Redraw", "Repair", "Rival", "Setting", "SharedPlane", "SingleGradients", "Spread", "Steered", "Sweep", "Tower", "Toy", "ToyBound", "Twin", "Variance", "View", "aggregate", "average_variance", "axis_title", "best_gaussians", "binary_draw", "block", "border", "branch_points", "chain", "changed_most", "choose_plane", "class_codes", "class_middles", "class_rows", "close_up", "codable", "code_sum", "compare_codes", "compare_curve", "compare_with_codes", "count_mean_numbers", "dead_dimensions", "decode_frame", "decode_random", "decoded_at", "decoded_grid", "dimensions", "distance_to_prior", "draw_codes", "encode_drawing", "encode_image", "encode_picture", "encoded", "encoded_point", "encoded_points", "estimate", "estimators", "examples_from_others", "factors", "first_move", "first_picture", "flip_bit", "framing_of", "fresh_spread", "gaussian_log_density", "handles", "has_settled", "hidden_pixels", "hidden_text", "hole_map", "holes", "image_bound", "iteration", "likely_classes", "load_examples", "log_gaussian", "log_likelihood_at", "loop_around", "mean_code", "mean_layers", "measure_bounds", "measure_variances", "model_at", "model_file_with_sigma", "moment_of", "moved_to_place", "nearest_factor", "nearest_images", "observe", "pack_examples", "path_between", "plane_config", "plane_picture", "point_classes", "point_set", "points_as_data", "points_of_text", "prior_draws", "prior_samples", "raster", "reach_of", "reconstruct", "redraws", "repair", "rows_inside", "sampled_elbo", "share_alike", "shared_plane", "shown_images", "shown_rows", "single_gradients", "spread_axes", "steer", "steer_plainly", "sweep", "take_examples", "text_of_points", "to_probability", "towards_class", "tower", "toy", "toy_bound", "toy_lead", "trace_step", "train_points", "train_toy", "twins", "unlikeness", "untrained", "usual_distance", "usual_radius", "variance_ratio", "variance_settings", "widest_axes", "with_sigma"]  # fmt: skip
guard_doors(globals(), __all__)
