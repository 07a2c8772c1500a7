"""The fast algorithms against enumeration of all sequences of tags."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gprel.nn.crf import FORBIDDEN, Chain, best_path, log_partition, log_prefixes, log_suffixes, path_score

LENGTHS = (4, 1, 3)


def random_chain(seed=0, n_tags=3, n_kinds=2, lengths=LENGTHS, scale=2.0, n_forbidden=0):
    """Padding holds scores that would count if anyone looked."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return scale * torch.randn(*shape, generator=generator, dtype=torch.float64)

    valid = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    emissions = normal(len(lengths), max(lengths), n_tags).where(valid[:, :, None], 50.0)
    transitions = normal(n_kinds, n_tags, n_tags)
    steps = torch.randperm(transitions.numel(), generator=generator)[:n_forbidden]
    transitions.view(-1)[steps] = FORBIDDEN
    kinds = torch.randint(n_kinds, valid.shape, generator=generator)
    return Chain(emissions, transitions, kinds, valid)


def sequences(chain, row):
    """Every sequence of tags of one sentence, and its score by the definition."""
    length = int(chain.valid[row].sum())
    for tags in itertools.product(range(chain.emissions.size(2)), repeat=length):
        score = sum(chain.emissions[row, t, tag] for t, tag in enumerate(tags))
        for t, step in enumerate(itertools.pairwise(tags)):
            score = score + chain.transitions[chain.kinds[row, t]][step]
        yield tags, score


def enumerated_log_partition(chain):
    rows = range(len(chain.valid))
    return torch.stack([torch.stack([score for _, score in sequences(chain, row)]).logsumexp(0) for row in rows])


CHAINS = st.builds(
    random_chain,
    seed=st.integers(0, 10_000),
    n_tags=st.integers(1, 3),
    n_kinds=st.integers(1, 2),
    lengths=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    scale=st.sampled_from([0.1, 2.0, 30.0]),
)


@given(chain=CHAINS)
def test_log_partition_is_the_sum_over_all_sequences(chain):
    torch.testing.assert_close(log_partition(chain), enumerated_log_partition(chain))


@given(chain=CHAINS)
def test_the_best_path_is_the_best_of_all(chain):
    for row, path in enumerate(best_path(chain)):
        best, score = max(sequences(chain, row), key=lambda item: item[1])
        found = path[chain.valid[row]].tolist()
        assert dict(sequences(chain, row))[tuple(found)] == pytest.approx(score.item())
        assert found == list(best)


@given(chain=CHAINS, seed=st.integers(0, 100))
def test_path_score_is_the_definition(chain, seed):
    tags = torch.randint(chain.emissions.size(2), chain.valid.shape, generator=torch.Generator().manual_seed(seed))
    for row, score in enumerate(path_score(chain, tags)):
        own = tuple(tags[row][chain.valid[row]].tolist())
        assert score.item() == pytest.approx(dict(sequences(chain, row))[own].item())


@given(chain=CHAINS)
def test_prefixes_and_suffixes_give_marginals(chain):
    marginals = (log_prefixes(chain) + log_suffixes(chain) - log_partition(chain)[:, None, None]).exp()
    for row in range(len(chain.valid)):
        expected = torch.zeros_like(marginals[row])
        scores = dict(sequences(chain, row))
        total = torch.stack(list(scores.values())).logsumexp(0)
        for tags, score in scores.items():
            for t, tag in enumerate(tags):
                expected[t, tag] += (score - total).exp()
        valid = chain.valid[row]
        torch.testing.assert_close(marginals[row][valid], expected[valid])


def gradients(loss, chain):
    emissions, transitions = (part.clone().requires_grad_() for part in chain[:2])
    loss(chain._replace(emissions=emissions, transitions=transitions)).sum().backward()
    return emissions.grad, transitions.grad


@pytest.mark.parametrize("n_forbidden", [0, 4])
def test_gradients_are_those_of_the_enumeration(n_forbidden):
    chain = random_chain(n_forbidden=n_forbidden)
    for fast, slow in zip(gradients(log_partition, chain), gradients(enumerated_log_partition, chain), strict=True):
        assert fast.isfinite().all()
        torch.testing.assert_close(fast, slow)
    assert not gradients(log_partition, chain)[0][~chain.valid].any()


def test_gradients_are_those_of_small_differences():
    chain = random_chain(1)
    inputs = [part.clone().requires_grad_() for part in chain[:2]]
    assert torch.autograd.gradcheck(lambda e, t: log_partition(chain._replace(emissions=e, transitions=t)), inputs)
    tags = torch.ones(chain.valid.shape, dtype=torch.long)
    assert torch.autograd.gradcheck(lambda e, t: path_score(chain._replace(emissions=e, transitions=t), tags), inputs)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_forbidden_steps_and_tags_have_probability_0(dtype):
    chain = random_chain(2, n_tags=3, n_kinds=1, lengths=(5, 3))
    transitions = chain.transitions.clone()
    transitions[:, 0, 2] = transitions[:, 2, 1] = FORBIDDEN
    emissions = chain.emissions.clone()
    emissions[:, 0, 2] = FORBIDDEN
    chain = chain._replace(emissions=emissions.to(dtype), transitions=transitions.to(dtype))

    def is_allowed(tags):
        return tags[0] != 2 and not {(0, 2), (2, 1)} & set(itertools.pairwise(tags))

    for row, path in enumerate(best_path(chain)):
        assert is_allowed(path[chain.valid[row]].tolist())
        allowed = [score for tags, score in sequences(chain, row) if is_allowed(tags)]
        torch.testing.assert_close(log_partition(chain)[row], torch.stack(allowed).logsumexp(0))
    assert all(gradient.isfinite().all() for gradient in gradients(log_partition, chain))
    assert gradients(log_partition, chain)[1][0, 0, 2] == 0


def test_long_texts_neither_overflow_nor_underflow():
    chain = random_chain(3, n_tags=5, lengths=(512,), scale=20.0)
    narrow = chain._replace(emissions=chain.emissions.float(), transitions=chain.transitions.float())
    torch.testing.assert_close(log_partition(narrow).double(), log_partition(chain), rtol=1e-5, atol=0)
    assert all(gradient.isfinite().all() for gradient in gradients(log_partition, narrow))


def test_padding_changes_nothing():
    chain = random_chain(4)
    for row, length in enumerate(LENGTHS):
        alone = Chain(
            chain.emissions[row : row + 1, :length],
            chain.transitions,
            chain.kinds[row : row + 1, :length],
            chain.valid[row : row + 1, :length],
        )
        torch.testing.assert_close(log_partition(alone)[0], log_partition(chain)[row])
        assert best_path(alone)[0].tolist() == best_path(chain)[row, :length].tolist()
