"""Losses, the linear SVM and the digits: against loops, differences and scikit-learn."""

import numpy as np
import pytest
from slopes import LinearSVM, check_gradient, digits, losses, with_ones


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
