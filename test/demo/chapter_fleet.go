package demo

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// resourceGPU is what a pod asks for to get a whole GPU.
const resourceGPU corev1.ResourceName = "nvidia.com/gpu"

func showFleet(ctx context.Context, s *stage) error {
	s.say("The API server, the scheduler and the controllers are real. The nodes are simulated, and labelled " +
		"as NVIDIA's GPU feature discovery labels them.")
	if _, err := s.kubectl(ctx, "get", "nodes", "-L", "nvidia.com/gpu.product,nvidia.com/gpu.count"); err != nil {
		return err
	}
	var nodes corev1.NodeList
	if err := s.reader.List(ctx, &nodes); err != nil {
		return err
	}
	var gpus int64
	for _, node := range nodes.Items {
		free := node.Status.Allocatable[resourceGPU]
		gpus += free.Value()
	}
	if gpus == 0 {
		return fmt.Errorf("none of the %d nodes offers %s", len(nodes.Items), resourceGPU)
	}
	s.line("")
	s.proven("%d nodes with %d whole GPUs, and MIG slices beside them.", len(nodes.Items), gpus)
	return nil
}
