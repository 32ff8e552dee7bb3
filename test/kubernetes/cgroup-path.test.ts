/** Shows container and pod in the cgroup paths of real runtimes, drivers and nestings. */
import t from 'tap'
import { cgroupIdentity, unifiedCgroupIdentity } from '../../src/kubernetes/cgroup-path.ts'

const id = '3f1c5e1d0b6c47a8a9d2f0c4b7e81650aa93d7c2e5b14f08964d1b2c3a5e7f90'
const other = '09b7e2a4c6d81f35e07a9c4b2d6f8e1053c7a9b1d4e6f20816a3c5e7092b4d6f'
const uid = '0b7a3c52-94f1-4d0e-8a6b-2c5d7e9f1a34'
const slice = uid.replaceAll('-', '_')
const hash = 'd4f2a0c8b6e19375ad0c2e4f6b8a1957'

const cases: [what: string, text: string, containerId: string | null, podUid: string | null][] = [
  [
    'containerd, systemd driver, burstable',
    `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${slice}.slice/cri-containerd-${id}.scope`,
    id,
    uid,
  ],
  [
    'containerd, systemd driver, guaranteed',
    `0::/kubepods.slice/kubepods-pod${slice}.slice/cri-containerd-${id}.scope`,
    id,
    uid,
  ],
  ['containerd, cgroupfs driver', `0::/kubepods/besteffort/pod${uid}/${id}`, id, uid],
  ['containerd, cgroupfs driver, guaranteed', `0::/kubepods/pod${uid}/${id}`, id, uid],
  [
    'containerd and kubelet with different drivers',
    `0::/system.slice/containerd.service/kubepods-burstable-pod${slice}.slice:cri-containerd:${id}`,
    id,
    uid,
  ],
  ['k3s', `0::/k3s/kubepods/burstable/pod${uid}/${id}`, id, uid],
  [
    'CRI-O, systemd driver',
    `0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${slice}.slice/crio-${id}.scope`,
    id,
    uid,
  ],
  [
    'CRI-O with a sub-cgroup of the container',
    `0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${slice}.slice/crio-${id}.scope/container`,
    id,
    uid,
  ],
  ['CRI-O, cgroupfs driver', `0::/kubepods/burstable/pod${uid}/crio-${id}`, id, uid],
  [
    'CRI-O: conmon is in the pod, not in the container',
    `0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${slice}.slice/crio-conmon-${id}.scope`,
    null,
    uid,
  ],
  [
    'cri-dockerd, systemd driver',
    `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${slice}.slice/docker-${id}.scope`,
    id,
    uid,
  ],
  [
    'a static pod',
    `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${hash}.slice/cri-containerd-${id}.scope`,
    id,
    hash,
  ],
  ['a static pod, cgroupfs driver', `0::/kubepods/burstable/pod${hash}/${id}`, id, hash],
  ['Docker alone, systemd', `0::/system.slice/docker-${id}.scope`, id, null],
  ['Docker alone, cgroupfs', `0::/docker/${id}`, id, null],
  ['Docker without root', `0::/user.slice/user-1000.slice/user@1000.service/app.slice/docker-${id}.scope`, id, null],
  ['Podman', `0::/machine.slice/libpod-${id}.scope/container`, id, null],
  ['Podman: conmon', `0::/machine.slice/libpod-conmon-${id}.scope`, null, null],
  ['Amazon ECS', `0::/ecs/0b7a3c5294f14d0e8a6b2c5d7e9f1a34/${id}`, id, null],
  [
    'kind, v2: the innermost container',
    `0::/system.slice/docker-${other}.scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod${slice}.slice/cri-containerd-${id}.scope`,
    id,
    uid,
  ],
  [
    'kind, v2, seen from its node',
    `0::/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${slice}.slice/cri-containerd-${id}.scope`,
    id,
    uid,
  ],
  [
    'kind, v1',
    `11:memory:/docker/${other}/kubelet/kubepods/burstable/pod${uid}/${id}\n1:name=systemd:/docker/${other}/kubelet/kubepods/burstable/pod${uid}/${id}\n0::/docker/${other}/system.slice/containerd.service`,
    id,
    uid,
  ],
  ['kind: the kubelet of the node', `0::/docker/${other}/kubelet.slice/kubelet.service`, other, null],
  [
    'kind: a pod without a container is not in the container of its node',
    `0::/docker/${other}/kubelet/kubepods/burstable/pod${uid}`,
    null,
    uid,
  ],
  ['Docker inside a pod', `0::/kubepods/burstable/pod${uid}/${other}/docker/${id}`, id, uid],
  ['systemd inside a container', `0::/docker/${id}/system.slice/mariadb.service`, id, null],
  [
    'a sibling seen from inside a cgroup namespace',
    `0::/../../kubepods-burstable-pod${slice}.slice/cri-containerd-${id}.scope`,
    id,
    uid,
  ],
  ['a sibling container seen from inside a cgroup namespace', `0::/../cri-containerd-${id}.scope`, id, null],
  ['a sibling pod, cgroupfs driver, from inside', `0::/../../pod${uid}/${id}`, id, uid],
  ['the reader itself inside a cgroup namespace', '0::/', null, null],
  ['a removed cgroup', `0::/kubepods/burstable/pod${uid}/${id} (deleted)`, id, uid],
  [
    'v1, containerd, systemd driver',
    [
      `12:pids:/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${slice}.slice/cri-containerd-${id}.scope`,
      `11:cpu,cpuacct:/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${slice}.slice/cri-containerd-${id}.scope`,
      `1:name=systemd:/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${slice}.slice/cri-containerd-${id}.scope`,
      '0::/',
    ].join('\n'),
    id,
    uid,
  ],
  [
    'v1: systemd knows nothing, memory does',
    `4:memory:/kubepods/burstable/pod${uid}/${id}\n2:cpuset:/\n1:name=systemd:/\n0::/`,
    id,
    uid,
  ],
  [
    'v1: a controller moved elsewhere does not win',
    `9:cpuset:/docker/${other}\n8:pids:/docker/${id}\n1:name=systemd:/docker/${id}\n0::/system.slice/docker.service`,
    id,
    null,
  ],
  [
    'v1 with colons in the path',
    `5:memory:/system.slice/containerd.service/kubepods-pod${slice}.slice:cri-containerd:${id}`,
    id,
    uid,
  ],
  ['a service', '0::/system.slice/mariadb.service', null, null],
  ['a login', '0::/user.slice/user-1000.slice/session-3.scope', null, null],
  ['the name of a service that looks like a pod', '0::/system.slice/podinfo.service', null, null],
  ['63 digits', `0::/docker/${id.slice(1)}`, null, null],
  ['65 digits', `0::/docker/${id}0`, null, null],
  ['capital letters', `0::/docker/${id.toUpperCase()}`, null, null],
  ['nothing', '', null, null],
  ['no cgroup file at all', 'not: a\ncgroup file', null, null],
]

for (const [what, text, containerId, podUid] of cases) {
  t.test(what, (t) => {
    t.strictSame(cgroupIdentity(text), { containerId, podUid })
    t.strictSame(cgroupIdentity(`${text}\n`), { containerId, podUid })
    t.end()
  })
}

t.test('the v2 line alone', (t) => {
  const text = `2:pids:/docker/${id}\n0::/system.slice/docker-${other}.scope\n`
  t.strictSame(unifiedCgroupIdentity(text), { containerId: other, podUid: null })
  t.strictSame(unifiedCgroupIdentity(`2:pids:/docker/${id}\n0::/\n`), { containerId: null, podUid: null })
  t.strictSame(unifiedCgroupIdentity(`2:pids:/docker/${id}\n`), { containerId: null, podUid: null })
  t.end()
})
