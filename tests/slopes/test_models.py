"""Losses, models and the digits: against loops, differences and scikit-learn."""

import warnings
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slopes import LinearSVM, check_gradient, digits, losses, minimize, with_ones
from slopes.data import batches
from slopes.losses import LOSSES
from slopes.models import Linear, Network
from slopes.parameters import flatten, unflatten
from slopes.rules import GradientDescent

CLASS_LOSSES = [name for name, loss in LOSSES.items() if loss.kind == "class"]


def scores_and_truth(kind, n=30, seed=0):
    """Random scores and true values of the kind a loss takes."""
    random = np.random.default_rng(seed)
    shape = {"class": (n, 4), "density": (n, 2)}.get(kind, (n,))
    truth = {"class": random.integers(4, size=n), "sign": random.choice([-1, 1], n)}
    return 2 * random.normal(size=shape), truth.get(kind, random.normal(size=n))


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("seed", range(3))
def test_every_loss_has_its_gradient(name, seed):
    loss = LOSSES[name]
    scores, y = scores_and_truth(loss.kind, seed=seed)
    check_gradient(lambda s: loss.value(s, y).sum(), lambda s: loss.grad(s, y), scores)
    assert loss.value(scores, y).shape == y.shape


@pytest.mark.parametrize(
    ("name", "setting"), [("huber", {"delta": 0.5}), ("multiclass_hinge", {"margin": 2.0})]
)
def test_gradients_follow_the_settings(name, setting):
    loss = LOSSES[name]
    scores, y = scores_and_truth(loss.kind)
    check_gradient(
        lambda s: loss.value(s, y, **setting).sum(), lambda s: loss.grad(s, y, **setting), scores
    )
    assert not np.allclose(loss.value(scores, y, **setting), loss.value(scores, y))


@pytest.mark.parametrize("name", [n for n in LOSSES if n != "gaussian_nll"])
@given(data=st.data())
def test_slopes_are_subgradients_kinks_included(name, data):
    loss = LOSSES[name]
    n = 4 if loss.kind == "class" else 1
    draw = st.lists(st.integers(-3, 3).map(float), min_size=n, max_size=n)  # lands on kinks
    a, b = (np.array(data.draw(draw)) for _ in range(2))
    y = {"class": np.array([1]), "sign": np.array([-1])}.get(loss.kind, np.array([0.0]))
    if n > 1:
        a, b = a[None], b[None]
    plane = loss.value(a, y) + (loss.grad(a, y) * (b - a)).sum()
    assert loss.value(b, y) >= plane - 1e-9


def test_kinks_take_the_documented_side():
    one = np.array([1])
    assert losses.hinge_grad(np.array([1.0]), one) == [0.0]
    assert losses.absolute_grad(np.array([1.0]), one) == [0.0]
    assert losses.huber_grad(np.array([2.0]), one) == [1.0]


def test_surrogates_lie_above_the_zero_one_loss():
    s = np.linspace(-3, 3, 61)
    y = np.ones(61)
    wrong = losses.zero_one(s, y)
    assert (losses.hinge(s, y) >= wrong).all()
    assert (losses.logistic(s, y) / np.log(2) >= wrong - 1e-12).all()


@pytest.mark.parametrize("huge", [1e3, 1e300])
def test_no_overflow(huge):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pair, y = np.array([[huge, -huge], [-huge, huge]]), np.array([0, 0])
        assert losses.cross_entropy(pair, y).tolist() == [0.0, 2 * huge]
        assert losses.cross_entropy_grad(pair, y).tolist() == [[0, 0], [-1, 1]]
        line, labels = np.array([huge, -huge]), np.array([1, 1])
        assert losses.logistic(line, labels).tolist() == [0.0, huge]
        assert losses.logistic_grad(line, labels).tolist() == [0.0, -1.0]
        assert losses.sigmoid(line).tolist() == [1.0, 0.0]


def test_densities_and_far_errors_do_not_overflow():
    sharp, y = np.array([[0.0, -1000.0]]), np.zeros(1)
    assert losses.gaussian_nll(sharp, y) == pytest.approx(np.log(2 * np.pi) / 2 - 500)
    assert losses.gaussian_nll_grad(sharp, y).tolist() == [[0.0, 0.5]]
    assert losses.huber(np.array([1e200]), y, delta=2.0) == 2e200


@pytest.mark.parametrize("name", LOSSES)
def test_a_score_that_is_no_number_gives_none(name):
    loss = LOSSES[name]
    scores, y = scores_and_truth(loss.kind, n=4)
    scores[(1, 0) if scores.ndim == 2 else 1] = np.nan
    for part in (loss.value, loss.grad):
        with np.errstate(invalid="ignore"):  # logaddexp complains of NaN
            result = part(scores, y)
        assert np.isnan(result[1]).all()
        assert np.isfinite(np.delete(result, 1, axis=0)).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", LOSSES)
def test_losses_keep_the_kind_of_the_scores(name, dtype):
    loss = LOSSES[name]
    scores = np.ones((3, 2) if loss.kind in ("class", "density") else 3, dtype)
    for part in (loss.value, loss.grad):
        assert part(scores, np.array([1, 1, 1])).dtype == dtype


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64])
@pytest.mark.parametrize("name", LOSSES)
def test_small_integers_do_not_wrap_around(name, dtype):
    loss = LOSSES[name]
    scores = np.array([[100, 3], [1, 120]] if loss.kind in ("class", "density") else [3, 100])
    y = np.ones(2, int) if loss.kind != "number" else np.array([120, 0])
    for part in (loss.value, loss.grad):
        expected = part(scores.astype(float), y if loss.kind == "class" else y.astype(float))
        assert np.array_equal(part(scores.astype(dtype), y.astype(dtype)), expected)
    assert np.array_equal(losses.softmax(scores.astype(dtype)), losses.softmax(1.0 * scores))
    assert np.array_equal(losses.sigmoid(scores.astype(dtype)), losses.sigmoid(1.0 * scores))


def test_two_classes_of_cross_entropy_are_the_logistic_loss():
    s, y = scores_and_truth("sign")
    both = np.column_stack([np.zeros_like(s), s])
    assert np.allclose(losses.cross_entropy(both, (y + 1) // 2), losses.logistic(s, y))


def test_two_classes_of_multiclass_hinge_are_the_binary_hinge():
    s, y = scores_and_truth("sign")
    both = np.column_stack([np.zeros_like(s), s])
    assert np.allclose(losses.multiclass_hinge(both, (y + 1) // 2), losses.hinge(s, y))


def test_huber_is_squared_near_and_absolute_far():
    near, far = np.array([0.3]), np.array([50.0])
    assert losses.huber(near, np.zeros(1)) == losses.squared(near, np.zeros(1)) / 2
    assert losses.huber(far, np.zeros(1), delta=2.0) == 2 * (50 - 1)


def test_gaussian_nll_is_minus_the_log_density():
    from scipy.stats import norm

    scores, y = scores_and_truth("density")
    expected = -norm.logpdf(y, scores[:, 0], np.exp(scores[:, 1] / 2))
    assert np.allclose(losses.gaussian_nll(scores, y), expected)


def test_maximum_likelihood_finds_mean_and_variance():
    y = np.random.default_rng(0).normal(3.0, 0.5, 200)
    density = Linear(np.ones((200, 1)), y, "gaussian_nll")
    found = minimize(GradientDescent(0.1), density, np.zeros((1, 2)), steps=5000).x[0]
    assert found[0] == pytest.approx(y.mean(), abs=1e-6)
    assert np.exp(found[1]) == pytest.approx(y.var(), rel=1e-6)


BAD = {
    "class": [
        (np.zeros(3), np.zeros(3, int), r"shape \(n, classes\)"),
        (np.zeros((3, 2)), np.zeros(2, int), r"shape \(n, classes\)"),
        (np.zeros((3, 2)), np.zeros(3), "integers counted from 0"),
        (np.zeros((3, 2)), np.array([0, 1, 2]), "from 0 to 1"),
        (np.zeros((3, 2)), np.array([0, -1, 1]), "from 0 to 1"),
    ],
    "sign": [
        (np.zeros(3), np.zeros(2), "one score for each example"),
        (np.zeros((3, 1)), np.ones(3), "one score for each example"),
        (np.zeros(3), np.array([0, 1, 1]), "-1 or 1, not 0: from 0 and 1 make"),
        (np.zeros(3), np.ones(3, bool), r"not bool: for labels write np.where\(y, 1, -1\)"),
    ],
    "number": [
        (np.zeros(3), np.zeros((3, 1)), "one score for each example"),
        (np.zeros(3) + 1j, np.zeros(3), "scores must hold real numbers, not complex"),
        (np.zeros(3), ["a", "b", "c"], "y must hold real numbers"),
    ],
    "density": [
        (np.zeros(3), np.zeros(3), r"shape \(n, 2\)"),
        (np.zeros((3, 3)), np.zeros(3), "mean and log-variance"),
    ],
}


@pytest.mark.parametrize("name", LOSSES)
def test_bad_scores_and_labels_are_refused(name):
    loss = LOSSES[name]
    for scores, y, message in BAD[loss.kind]:
        for part in (loss.value, loss.grad):
            with pytest.raises(ValueError, match=message):
                part(scores, y)


@pytest.mark.parametrize("function", [losses.huber, losses.huber_grad])
def test_huber_needs_a_positive_delta(function):
    with pytest.raises(ValueError, match="delta must be positive"):
        function(np.zeros(1), np.zeros(1), delta=0.0)


@pytest.mark.parametrize("margin", [np.nan, np.inf, -1.0])
def test_a_margin_is_zero_or_more(margin):
    for part in LOSSES["multiclass_hinge"][:2]:
        with pytest.raises(ValueError, match="margin must be finite, zero or more"):
            part(np.zeros((1, 2)), np.array([0]), margin)


def test_zero_one_refuses_what_it_cannot_count():
    with pytest.raises(ValueError, match="-1 or 1"):
        losses.zero_one(np.zeros(2), np.array([0, 1]))
    with pytest.raises(ValueError, match="from 0 to 1"):
        losses.zero_one(np.zeros((2, 2)), np.array([0, 2]))


def test_a_score_of_zero_decides_nothing():
    assert losses.zero_one(np.zeros(2), np.array([-1, 1])).tolist() == [1, 1]
    assert losses.zero_one(np.zeros((2, 2)), np.array([0, 1])).tolist() == [0, 1]


def test_a_score_that_is_no_number_is_wrong():
    assert losses.zero_one(np.array([np.nan, 2.0]), np.array([1, 1])).tolist() == [1, 0]
    rows = np.array([[np.nan, 1.0], [1.0, np.nan], [1.0, 0.0]])
    assert losses.zero_one(rows, np.array([0, 0, 0])).tolist() == [1, 1, 0]


def by_loops(scores, y):
    return [
        sum(max(0.0, s[j] - s[k] + 1) for j in range(len(s)) if j != k)
        for s, k in zip(scores, y, strict=True)
    ]


def test_hinge_equals_its_definition():
    random = np.random.default_rng(0)
    scores, y = random.normal(size=(50, 4)), random.integers(4, size=50)
    assert np.allclose(losses.multiclass_hinge(scores, y), by_loops(scores, y))


def test_hinge_gradient():
    random = np.random.default_rng(1)
    scores, y = random.normal(size=(20, 4)), random.integers(4, size=20)
    check_gradient(
        lambda s: losses.multiclass_hinge(s, y).sum(),
        lambda s: losses.multiclass_hinge_grad(s, y),
        scores,
    )


def test_a_kink_takes_the_zero_side():
    kink = np.array([[1.0, 0.0]])
    assert np.array_equal(losses.multiclass_hinge_grad(kink, np.array([0])), [[0.0, 0.0]])


def test_svm_gradient_with_weight_decay():
    random = np.random.default_rng(2)
    X, y = random.normal(size=(30, 5)), random.integers(3, size=30)
    svm = LinearSVM(X, y, weight_decay=0.1)
    check_gradient(svm, svm.grad, random.normal(size=svm.shape))


def test_weight_decay_has_its_factor_two():
    svm = LinearSVM(np.zeros((1, 2)), np.array([1]), weight_decay=0.5)
    assert np.array_equal(svm.grad(np.ones((2, 2))), np.ones((2, 2)))


def test_the_svm_is_the_linear_model_with_the_hinge():
    random = np.random.default_rng(4)
    X, y = random.normal(size=(30, 5)), random.integers(3, size=30)
    svm, linear = LinearSVM(X, y, 0.1), Linear(X, y, "multiclass_hinge", 0.1)
    W = random.normal(size=svm.shape)
    assert svm(W) == linear(W)
    assert np.array_equal(svm.grad(W), linear.grad(W))
    assert repr(svm) == "LinearSVM(weight_decay=0.1)"


@pytest.mark.parametrize("name", LOSSES)
def test_linear_gradient_with_every_loss(name):
    random = np.random.default_rng(5)
    _, y = scores_and_truth(LOSSES[name].kind)
    model = Linear(random.normal(size=(30, 3)), y, name, weight_decay=0.2)
    check_gradient(model, model.grad, random.normal(size=model.shape))


def test_least_squares_reaches_the_normal_equations():
    random = np.random.default_rng(6)
    X, y = random.normal(size=(40, 3)), random.normal(size=40)
    decay = 0.3
    exact = np.linalg.solve(X.T @ X / 40 + decay * np.eye(3), X.T @ y / 40)
    assert np.allclose(Linear(X, y, "squared", decay).grad(exact), 0, atol=1e-12)


def objectives():
    random = np.random.default_rng(7)
    X, y = random.normal(size=(12, 3)), np.arange(12) % 3
    return [
        Linear(X, y.astype(float), "squared", 0.1),
        Linear(X, np.where(y > 0, 1, -1), "logistic", 0.1),
        LinearSVM(X, y, 0.1),
        Network(X, y, weight_decay=0.1, hidden=(4,)),
    ]


@pytest.mark.parametrize("model", objectives(), ids=repr)
def test_batches_average_to_the_whole(model):
    theta = np.random.default_rng(8).normal(size=model.shape)
    parts = [model.batch(indices) for indices in batches(12, 3, seed=0)]
    assert np.mean([part(theta) for part in parts]) == pytest.approx(model(theta))
    assert np.allclose(np.mean([part.grad(theta) for part in parts], axis=0), model.grad(theta))


@pytest.mark.parametrize("model", objectives(), ids=repr)
def test_a_batch_keeps_the_shape_of_the_parameters(model):
    for indices in ([0], slice(0, 1), np.arange(12) == 0, range(1)):
        part = model.batch(indices)
        assert part.shape == model.shape
        assert part.batch([0]).shape == model.shape
        assert type(part) is type(model)


@pytest.mark.parametrize("model", objectives(), ids=repr)
def test_a_bad_batch_is_refused(model):
    with pytest.raises(ValueError, match="the batch is empty"):
        model.batch([])
    with pytest.raises(IndexError):
        model.batch([12])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda X, y: Linear(X, y, "square"), "no loss is called 'square'; known: squared"),
        (lambda X, y: Linear(X, y, "squared", -1.0), "weight_decay must be zero or more"),
        (lambda X, y: Linear(X[:0], y[:0]), "there are no examples"),
        (lambda X, y: Linear(X, y + 0.5, "cross_entropy"), "classes must be integers"),
        (lambda X, y: Network(X, y, "squared"), "tells classes apart"),
        (lambda X, y: Network(X, y, activation="relux"), "no activation is called"),
        (lambda X, y: Network(X, y, "logistic"), "'logistic' is not for classes; take one of"),
        (lambda X, y: Network(X, y, hidden=(3, 0)), "at least one unit"),
        (lambda X, y: Network(X, y, hidden=4), r"hidden must be a tuple such as \(32,\), not 4"),
        (lambda X, y: Network(X, y, hidden=(True,)), "hidden units must be a whole number"),
        (lambda X, y: Network(X, y, hidden=(2.0,)), "hidden units must be a whole number"),
        (lambda X, y: Linear(X, y, "cross_entropy", classes=1), "classes must be at least 2"),
        (lambda X, y: Linear(X, y, "cross_entropy", classes=2.5), "classes must be a whole number"),
        (lambda X, y: Linear(X, y[:2]), "one value per row"),
        (lambda X, y: Linear(X, y).scores(np.zeros(3), X[:, :2]), "X must have 3 features"),
        (lambda X, y: Network(X, y, hidden=()).scores(np.zeros(8), X[:, :2]), "have 3 features"),
        (lambda X, y: LinearSVM(X, y).accuracy(np.zeros((3, 2)), X), "give y too"),
        (lambda X, y: Network(X, y, hidden=()).accuracy(np.zeros(8), X), "give y too"),
        (lambda X, y: Network(X, y)(np.zeros(3)), r"must have shape \(.*\) to be cut"),
        (lambda X, y: Network(X, y)([np.zeros(3)]), "parameters must have the shapes"),
        (lambda X, y: Linear(X, y).accuracy(np.zeros(3)), "the squared loss predicts numbers"),
    ],
)
def test_models_say_what_is_wrong(make, message):
    with pytest.raises(ValueError, match=message):
        make(np.ones((4, 3)), np.array([0, 1, 0, 1]))


def test_lists_will_do():
    X, y = [[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], [0, 1, 1]
    line = Linear(X, y, weight_decay=0.5)
    same = Linear(np.array(X), np.array(y), weight_decay=0.5)
    W = [0.5, -1.0]
    assert line(W) == same(np.array(W))
    assert np.array_equal(line.grad(W), same.grad(np.array(W)))
    assert LinearSVM(X, y).accuracy([[0.0, 0.0], [-1.0, 1.0]], [[1.0, 3.0]], [1]) == 1
    net = Network(X, y, hidden=[np.int64(2)])
    listed = [p.tolist() for p in net.parameters(net.init(0))]
    assert net(listed) == net(net.init(0))
    assert np.array_equal(flatten(net.grad(listed)), net.grad(net.init(0)))


@pytest.mark.parametrize("dtype", ["u1", "i1", "i8"])
def test_weights_of_small_integers_do_not_wrap_around(dtype):
    X, y = np.full((4, 3), 100, dtype), np.array([0, 1, 1, 0])
    line, svm = Linear(X, 1.0 * y, weight_decay=1.0), LinearSVM(X, y, weight_decay=1.0)
    net = Network(X, y, hidden=[2])
    whole = [np.ones(shape, dtype) for shape in net.shapes]
    for model, weights in (
        (line, np.full(3, 100, dtype)),
        (svm, np.full((3, 2), 100, dtype)),
        (net, whole),
        (net, flatten(whole)),
    ):
        floats = [w.astype(float) for w in weights] if weights is whole else weights.astype(float)
        assert model(weights) == model(floats)
        one, other = model.grad(weights), model.grad(floats)
        for a, b in zip(one, other, strict=True):
            assert np.array_equal(a, b)


def test_models_can_be_compared():
    first, second = objectives()[:2]
    assert first == first
    assert first != second


# The network ----------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", CLASS_LOSSES)
@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("hidden", [(), (5,), (5, 4, 3)])
def test_back_propagation_agrees_with_differences(loss, activation, hidden):
    random = np.random.default_rng(9)
    X, y = random.normal(size=(8, 3)), random.integers(3, size=8)
    net = Network(X, y, loss, 0.1, hidden=hidden, activation=activation, classes=3)
    theta = net.init(seed=1) + 0.1 * random.normal(size=net.shape)
    check_gradient(net, net.grad, theta)


def test_list_and_vector_of_parameters_give_the_same():
    net = Network(np.eye(3), np.array([0, 1, 2]), hidden=(4,))
    theta = net.init(seed=0)
    listed = net.parameters(theta)
    assert net(listed) == net(theta)
    gradient = net.grad(listed)
    assert [g.shape for g in gradient] == net.shapes
    assert np.array_equal(flatten(gradient), net.grad(theta))


def test_without_hidden_layers_it_is_the_linear_model():
    random = np.random.default_rng(10)
    X, y = random.normal(size=(9, 3)), np.arange(9) % 3
    net, linear = Network(X, y, hidden=()), Linear(with_ones(X), y, "cross_entropy")
    W = random.normal(size=linear.shape)
    assert net([W[:-1], W[-1]]) == pytest.approx(linear(W))
    assert np.allclose(np.vstack(net.grad([W[:-1], W[-1]])), linear.grad(W))


def test_weight_decay_leaves_biases_alone():
    net = Network(np.eye(3), np.array([0, 1, 2]), weight_decay=0.5, hidden=(4,))
    free = Network(np.eye(3), np.array([0, 1, 2]), hidden=(4,))
    only_biases = [np.full(shape, float(len(shape) == 1)) for shape in net.shapes]
    assert net(only_biases) == free(only_biases)
    assert np.array_equal(flatten(net.grad(only_biases)), flatten(free.grad(only_biases)))


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_initial_weights_are_seeded_and_keep_the_signals_size(activation):
    random = np.random.default_rng(11)
    X, y = random.normal(size=(400, 50)), np.arange(400) % 2
    X /= 100  # where tanh is straight
    net = Network(X, y, hidden=(200, 200, 200), activation=activation)
    assert np.array_equal(net.init(3), net.init(3))
    assert not np.array_equal(net.init(3), net.init(4))
    sizes = [100 * np.sqrt((a**2).mean()) for a in net.forward(net.init(0))[:-1]]
    assert all(0.7 < size < 1.4 for size in sizes)


def test_the_network_learns_what_no_linear_model_can():
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    net = Network(X, np.array([0, 1, 1, 0]), hidden=(8,))
    found = minimize(GradientDescent(0.5), net, net.init(0), steps=2000).x
    assert net.accuracy(found) == 1.0
    assert net(found) < 0.05


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3)), min_size=1, max_size=4))
def test_unflatten_undoes_flatten(shapes):
    random = np.random.default_rng(0)
    arrays = [random.normal(size=shape) for shape in shapes]
    for back in (unflatten(flatten(arrays), arrays), unflatten(flatten(arrays), shapes)):
        assert all(np.array_equal(a, b) for a, b in zip(arrays, back, strict=True))
    named = {str(k): a for k, a in enumerate(arrays)}
    assert list(unflatten(flatten(named), named)) == list(named)


def test_flatten_and_unflatten_refuse_nonsense():
    with pytest.raises(ValueError, match="nothing to flatten"):
        flatten([])
    with pytest.raises(ValueError, match=r"must have shape \(4,\)"):
        unflatten(np.zeros(5), [(2, 2)])


def test_svm_refuses_wrong_shapes():
    with pytest.raises(ValueError, match="one row per example"):
        LinearSVM(np.zeros((2, 3)), np.zeros(3, int))
    with pytest.raises(ValueError, match=r"W must have shape \(3, 2\)"):
        LinearSVM(np.zeros((2, 3)), np.array([0, 1]))(np.zeros((2, 3)))


def test_accuracy_counts():
    svm = LinearSVM(np.eye(2), np.array([0, 1]))
    assert svm.accuracy(np.eye(2)) == 1.0
    assert svm.accuracy(np.eye(2)[::-1]) == 0.0
    assert svm.accuracy(np.eye(2), np.eye(2), np.array([0, 0])) == 0.5


def test_the_digits_are_scikit_learns():
    from sklearn.datasets import load_digits

    theirs, ours = load_digits(), digits()
    order = np.random.default_rng(0).permutation(1797)
    images = np.vstack([ours.X_train, ours.X_test])
    labels = np.concatenate([ours.y_train, ours.y_test])
    assert np.array_equal(images * 16, theirs.data[order])
    assert np.array_equal(labels, theirs.target[order])


def test_the_split_has_every_digit_on_both_sides():
    data = digits()
    assert set(data.y_train) == set(data.y_test) == set(range(10))
    assert len(data.y_train) == 1347
    assert len(data.y_test) == 450


def test_a_caller_cannot_spoil_the_digits_for_the_next():
    digits().X_train[:] = -1
    assert digits().X_train.min() == 0


def test_with_ones():
    assert np.array_equal(with_ones(np.zeros((2, 3)))[:, -1], [1, 1])
    assert with_ones(np.zeros((2, 3), np.float32)).dtype == np.float32
    assert with_ones([[2, 3]]).tolist() == [[2.0, 3.0, 1.0]]
    with pytest.raises(ValueError, match=r"one row per example, not shape \(3,\): .* X\[:, None\]"):
        with_ones(np.zeros(3))


# Batches --------------------------------------------------------------------------------------


@given(n=st.integers(1, 40), share=st.floats(0, 1), seed=st.integers(0, 9))
def test_an_epoch_has_every_example_once(n, share, seed):
    size = 1 + int(share * (n - 1))
    parts = list(batches(n, size, seed))
    assert sorted(np.concatenate(parts)) == list(range(n))
    assert {len(p) for p in parts[:-1]} <= {size}
    kept = list(batches(n, size, seed, drop_last=True))
    assert [len(p) for p in kept] == [size] * (n // size)


def test_epochs_are_shuffled_anew_and_repeatable():
    two = list(batches(20, 20, seed=0, epochs=2))
    assert not np.array_equal(two[0], two[1])
    endless = list(islice(batches(20, 20, seed=0, epochs=None), 5))
    assert len(endless) == 5
    assert np.array_equal(endless[1], two[1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0, "size": 1}, "at least one example"),
        ({"n": 5, "size": 0}, "from 1 to 5"),
        ({"n": 5, "size": 6}, "from 1 to 5"),
        ({"n": 5, "size": 1, "epochs": 0}, "epochs must be at least 1"),
        ({"n": 5.5, "size": 1}, "n must be a whole number"),
        ({"n": 5, "size": 2.0}, "size must be a whole number"),
        ({"n": 5, "size": 1, "epochs": 1.5}, "epochs must be a whole number"),
    ],
)
def test_bad_batches_are_refused_at_once(arguments, message):
    with pytest.raises(ValueError, match=message):
        batches(**arguments, seed=0)


def test_an_accuracy_is_a_plain_number():
    model = Linear(np.eye(2), np.array([1, -1]), "hinge")
    assert type(model.accuracy(np.ones(2))) is float


def test_a_sure_and_right_density_is_no_nan():
    with np.errstate(over="ignore"):
        sure = np.array([[1.0, -2000.0]])
        assert losses.gaussian_nll(sure, np.array([1.0])) == pytest.approx(
            np.log(2 * np.pi) / 2 - 1000
        )
        assert losses.gaussian_nll_grad(sure, np.array([1.0])).tolist() == [[0.0, 0.5]]
