"""Exercise wrong-standardize: columns of mean 0 and standard deviation 1."""

import warnings

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "wrong-standardize"
points = 4


def _run(standardize, X_train, X_test):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answer = standardize(X_train, X_test)
    assert answer is not None, "standardize returns nothing yet: end it with return …, …"
    assert isinstance(answer, tuple) and len(answer) == 2, (
        "Return two arrays: the training images and the test images."
    )
    train, test = (np.asarray(part, float) for part in answer)
    assert train.shape == X_train.shape and test.shape == X_test.shape, (
        "Keep the shapes: one row for each image."
    )
    return train, test


def _data():
    random = np.random.default_rng(2)
    X = random.normal(size=(40, 3)) * [1.0, 255.0, 0.1] + [0.0, 100.0, 5.0]
    return X[:30].copy(), X[30:].copy()


@test_case(
    points=1,
    success_message="Training columns have mean 0 and standard deviation 1.",
    failure_message="Every training column must end with mean 0 and standard deviation 1.",
)
def test_training(standardize):
    train, _ = _run(standardize, *_data())
    assert np.allclose(train.mean(axis=0), 0), (
        "Subtract each column's own mean: mean(axis=0), not the mean of everything."
    )
    assert not np.allclose(train.std(axis=0) * _data()[0].std(axis=0), 1), (
        "You divided by the variance: take the standard deviation."
    )
    assert np.allclose(train.std(axis=0), 1, rtol=1e-6)


@test_case(
    points=1,
    success_message="The test images are changed in the same way.",
    failure_message="Change the test images exactly as the training images were changed.",
)
def test_same_change(standardize):
    X_train, X_test = _data()
    _, test = _run(standardize, X_train, X_test)
    own = (X_test - X_test.mean(axis=0)) / X_test.std(axis=0)
    assert not np.allclose(test, own), (
        "You used the test images' own mean and deviation: use those of the training images."
    )
    assert np.allclose(test, (X_test - X_train.mean(axis=0)) / X_train.std(axis=0))


@test_case(
    points=1,
    success_message="A column that never varies gives zeros.",
    failure_message="Where a column never varies, divide by 1 instead of by 0.",
)
def test_blank(standardize):
    X_train, X_test = _data()
    X_train[:, 1], X_test[:, 1] = 7.0, 7.0
    train, test = _run(standardize, X_train, X_test)
    assert np.isfinite(train).all() and np.isfinite(test).all(), (
        "A column that never varies has deviation 0, and you divide by it."
    )
    assert np.allclose(train[:, 1], 0)


@test_case(
    points=1,
    success_message="The images it is given are left as they were.",
    failure_message="You changed the images themselves: write X - mean, not X -= mean.",
)
def test_untouched(standardize):
    X_train, X_test = _data()
    _run(standardize, X_train, X_test)
    assert np.array_equal(X_train, _data()[0]) and np.array_equal(X_test, _data()[1])
