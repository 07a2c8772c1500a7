"""The partition filter: a recurrence whose memory is split into entity, relation and shared parts (Yan et al. 2021)."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

N_GATES = 4  # entity and relation gate of the old memory, then those of the candidate


class TaskStates(NamedTuple):
    """What the filter hands to the tasks.

    Attributes:
        entities: For entities (h_e).
        relations: For relations (h_r).
        shared: Of use to both (h_s).
    """

    entities: Float[Tensor, "batch seq size"]
    relations: Float[Tensor, "batch seq size"]
    shared: Float[Tensor, "batch seq size"]


class PartitionFilter(nn.Module):
    """The partition filter encoder (Yan et al. 2021, "A Partition Filter Network", partition and filter equations).

    With ``cummax(z) = cumsum(softmax(z))`` a step computes from its input ``x`` and the state ``h, c`` before it

    - the candidate ``c' = tanh(Linear([x; h]))`` and, for ``c`` and for ``c'`` each, an entity gate
      ``e = cummax(Linear([x; h]))`` and a relation gate ``r = 1 - cummax(Linear([x; h]))``;
    - partition: ``shared = e r``, ``entity = e - e r`` and ``relation = r - e r``, and from each of the three its
      memory ``rho = partition(c) c + partition(c') c'``;
    - filter: ``mu_e = rho_e + rho_s``, ``mu_r = rho_r + rho_s``, ``mu_s = rho_s``, and for the tasks
      ``h_e = tanh(mu_e)``, ``h_r = tanh(mu_r)``, ``h_s = tanh(mu_s)``;
    - the next state ``c = Linear([mu_e; mu_r; mu_s])``, ``h = tanh(c)``.

    As ``(e - e r) + e r = e``, it is computed as ``mu_e = e c + e' c'``, ``mu_r = r c + r' c'`` and
    ``mu_s = e r c + e' r' c'``. The share of ``x`` in all gates is one product for the whole text, that of ``h`` is one
    product per step. A text is read from left to right, so that padding on its right changes nothing.

    Args:
        hidden: Width of the token states.
        size: Width of the memory.
        drop_connect: Share of the weights from ``h`` to the gates that is left out in training, drawn once per batch.
            Evaluation scales them down by that share instead, as the authors' code does.
    """

    def __init__(self, hidden: int, *, size: int = 300, drop_connect: float = 0.1) -> None:
        super().__init__()
        self.drop_connect = drop_connect
        self.project = nn.Linear(hidden, (1 + N_GATES) * size)
        self.recur = nn.Linear(size, (1 + N_GATES) * size, bias=False)  # one bias per gate is enough
        self.merge = nn.Linear(3 * size, size)

    def forward(self, states: Float[Tensor, "batch seq hidden"]) -> TaskStates:
        """Token states to the states of the two tasks and what they share; in float32 at least."""
        with torch.autocast(states.device.type, enabled=False):
            wide = states if states.dtype == torch.float64 else states.float()
            weight = self.recur.weight
            if not self.training:
                weight = weight * (1 - self.drop_connect)
            elif self.drop_connect > 0:
                weight = weight.masked_fill(torch.rand_like(weight) < self.drop_connect, 0)
            inputs = self.project(wide.transpose(0, 1))  # seq batch gates
            memory = _Recurrence.apply(inputs, weight, self.merge.weight, self.merge.bias)  # type: ignore[no-untyped-call]
            return TaskStates(*memory.tanh().permute(2, 1, 0, 3))


class _Recurrence(torch.autograd.Function):
    """The input's share of all gates to ``mu_e, mu_r, mu_s`` of every step, with the gradient written out.

    Autograd would record twenty operations a step, and add every step's gradient to each weight's: here those are one
    product over all steps. The steps write into tensors that exist before the first.
    """

    @staticmethod
    def forward(
        ctx: FunctionCtx,
        inputs: Float[Tensor, "seq batch gates"],
        recur: Float[Tensor, "gates size"],
        merge: Float[Tensor, "size three"],
        bias: Float[Tensor, " size"],
    ) -> Float[Tensor, "seq batch 3 size"]:
        seq, batch, _ = inputs.shape
        size = len(bias)
        candidates = inputs.new_empty(seq, batch, 1, size)  # c'
        odds = inputs.new_empty(seq, batch, N_GATES, size)  # softmax
        gates = inputs.new_empty(seq, batch, N_GATES, size)  # e, r, e', r'
        memory = inputs.new_empty(seq, batch, 3, size)  # mu_e, mu_r, mu_s
        cells = inputs.new_zeros(seq + 1, batch, size)  # c; step t finds it at t and leaves it at t + 1
        hidden = inputs.new_zeros(seq + 1, batch, size)  # h, likewise
        recur_t, merge_t = recur.T.contiguous(), merge.T.contiguous()  # read once per step, so in the order of memory
        for t in range(seq):
            old, new, gate, mu = cells[t, :, None], candidates[t], gates[t], memory[t]
            raw = torch.addmm(inputs[t], hidden[t], recur_t).view(batch, 1 + N_GATES, size)
            torch.tanh(raw[:, :1], out=new)
            torch.softmax(raw[:, 1:], -1, out=odds[t])
            torch.cumsum(odds[t], -1, out=gate)
            gate[:, 1::2].neg_().add_(1)
            torch.mul(gate[:, :2], old, out=mu[:, :2])  # e c, r c
            torch.mul(mu[:, :1], gate[:, 1:2], out=mu[:, 2:])  # e r c
            fresh = gate[:, 2:] * new  # e' c', r' c'
            mu[:, :2] += fresh
            mu[:, 2:].addcmul_(fresh[:, :1], gate[:, 3:])  # e' r' c'
            torch.addmm(bias, mu.view(batch, 3 * size), merge_t, out=cells[t + 1])
            torch.tanh(cells[t + 1], out=hidden[t + 1])
        ctx.save_for_backward(recur, merge, candidates, odds, gates, memory, cells, hidden)
        return memory

    @staticmethod
    def backward(
        ctx: FunctionCtx, grad: Float[Tensor, "seq batch 3 size"]
    ) -> tuple[
        Float[Tensor, "seq batch gates"],
        Float[Tensor, "gates size"],
        Float[Tensor, "size three"],
        Float[Tensor, " size"],
    ]:
        recur, merge, candidates, odds, gates, memory, cells, hidden = ctx.saved_tensors  # type: ignore[attr-defined]
        seq, batch, _, size = memory.shape
        grad = grad.contiguous()
        grad_raw = grad.new_empty(seq, batch, 1 + N_GATES, size)
        grad_cells = grad.new_empty(seq, batch, size)  # of what each step leaves
        grad_old, grad_hidden = grad.new_zeros(batch, 1, size), grad.new_zeros(batch, size)
        slopes, candidate_slopes = 1 - hidden[1:].square(), 1 - candidates.square()  # of the tanhs
        for t in reversed(range(seq)):
            old, new, gate, into = cells[t, :, None], candidates[t], gates[t], grad_raw[t]
            torch.addcmul(grad_old[:, 0], grad_hidden, slopes[t], out=grad_cells[t])
            mu = torch.addmm(grad[t].view(batch, 3 * size), grad_cells[t], merge).view(batch, 3, size)
            # d e = (d mu_e + r d mu_s) c, d r = (d mu_r + e d mu_s) c, and c gets e (d mu_e + r d mu_s) + r d mu_r.
            on_old = torch.addcmul(mu[:, :2], gate[:, :2].flip(1), mu[:, 2:])
            on_new = torch.addcmul(mu[:, :2], gate[:, 2:].flip(1), mu[:, 2:])
            grad_old = (on_old[:, :1] * gate[:, :1]).addcmul_(mu[:, 1:2], gate[:, 1:2])
            grad_new = (on_new[:, :1] * gate[:, 2:3]).addcmul_(mu[:, 1:2], gate[:, 3:])
            torch.mul(grad_new, candidate_slopes[t], out=into[:, :1])
            on_gates = torch.cat([on_old * old, on_new * new], 1)
            on_gates[:, 1::2].neg_()  # r = 1 - cummax
            sums = on_gates.cumsum(-1)
            tails = on_gates.sub_(sums).add_(sums[..., -1:])  # of a cumulative sum: the sum from here to the end
            tails -= (tails * odds[t]).sum(-1, keepdim=True)  # of a softmax
            torch.mul(tails, odds[t], out=into[:, 1:])
            grad_hidden = into.view(batch, -1) @ recur
        rows = grad_raw.view(seq * batch, -1)
        grad_recur = rows.T @ hidden[:-1].reshape(seq * batch, size)
        grad_merge = grad_cells.view(-1, size).T @ memory.view(seq * batch, -1)
        return grad_raw.flatten(2), grad_recur, grad_merge, grad_cells.sum((0, 1))
