package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	kubectlcmd "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	kubescheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// etcd runs until it is told to stop; its main ends the process by itself when
// something goes wrong.
func etcd() int {
	etcdmain.Main(os.Args)
	return 0
}

func apiServer() int { return cli.Run(apiserver.NewAPIServerCommand()) }

func controllerManager() int { return cli.Run(controllermanager.NewControllerManagerCommand()) }

func scheduler() int { return cli.Run(kubescheduler.NewSchedulerCommand()) }

// kubectl does what Kubernetes' own main does: the verbosity is read before the
// command is built, because building it already logs.
func kubectl() int {
	// A bad -v is reported when the command parses its flags.
	_, _ = logs.GlogSetter(kubectlcmd.GetLogVerbosity(os.Args))
	if err := cli.RunNoErrOutput(kubectlcmd.NewDefaultKubectlCommand()); err != nil {
		kubectlutil.CheckErr(err) // prints it as kubectl does, and exits
	}
	return 0
}
