// Package deploytest tests what is deployed beside the program: the Helm chart
// is rendered and decoded strictly with the types of Kubernetes, where a field
// that isn't there is an error; the compose file, the Dockerfile and the
// workflows are read by the libraries that their own tools are made of.
package deploytest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

const (
	chart      = "../helm/retable"
	kubernetes = "1.33.0" // Helm built from source thinks of an old one
	bucket     = "blobs=s3://bucket/main?endpoint=https://s3.example.org"
)

// helm runs Helm, which build/helm.sh builds.
func helm(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cache := os.Getenv("RET_CACHE")
	if cache == "" {
		cache = "../../.cache"
	}
	found, err := filepath.Glob(filepath.Join(cache, "bin", "helm-v*"))
	if err != nil || len(found) == 0 {
		t.Fatal("there is no Helm; build/helm.sh builds it")
	}
	cmd := exec.Command(found[len(found)-1], args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// template renders the chart for a version of Kubernetes.
func template(t *testing.T, version string, set ...string) (string, error) {
	t.Helper()
	args := []string{"template", "r", chart, "--kube-version", version, "--set", bucket}
	for _, s := range set {
		args = append(args, "--set", s)
	}
	return helm(t, args...)
}

// rendered are the manifests by kind/name, decoded strictly.
func rendered(t *testing.T, set ...string) map[string]any {
	t.Helper()
	out, err := template(t, kubernetes, set...)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	all := map[string]any{}
	for _, doc := range strings.Split("\n"+out, "\n---") {
		var head struct {
			APIVersion, Kind string
			Metadata         struct{ Name string }
		}
		if err := yaml.Unmarshal([]byte(doc), &head); err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
		if head.Kind == "" {
			continue
		}
		object := typed(head.APIVersion + " " + head.Kind)
		if object == nil {
			t.Errorf("nobody knows %s %s", head.APIVersion, head.Kind)
			continue
		}
		if err := yaml.UnmarshalStrict([]byte(doc), object); err != nil {
			t.Errorf("%s %s: %v", head.Kind, head.Metadata.Name, err)
		}
		name := head.Kind + "/" + head.Metadata.Name
		if all[name] != nil {
			t.Errorf("%s is there twice", name)
		}
		all[name] = object
	}
	return all
}

func typed(kind string) any {
	switch kind {
	case "apps/v1 Deployment":
		return &appsv1.Deployment{}
	case "autoscaling/v2 HorizontalPodAutoscaler":
		return &autoscalingv2.HorizontalPodAutoscaler{}
	case "batch/v1 Job":
		return &batchv1.Job{}
	case "v1 Service":
		return &corev1.Service{}
	case "v1 ServiceAccount":
		return &corev1.ServiceAccount{}
	case "networking.k8s.io/v1 NetworkPolicy":
		return &networkingv1.NetworkPolicy{}
	case "networking.k8s.io/v1 Ingress":
		return &networkingv1.Ingress{}
	case "policy/v1 PodDisruptionBudget":
		return &policyv1.PodDisruptionBudget{}
	case "monitoring.coreos.com/v1 ServiceMonitor":
		return &monitoringv1.ServiceMonitor{}
	case "monitoring.coreos.com/v1 PrometheusRule":
		return &monitoringv1.PrometheusRule{}
	}
	return nil
}

// everything switches on what is off by default.
var everything = []string{
	"ingress.enabled=true", "ingress.host=retable.example.org", "ingress.tlsSecret=tls", "ingress.className=nginx", "ingress.annotations.a=b",
	"serviceMonitor.enabled=true", "serviceMonitor.labels.release=prometheus", "prometheusRule.enabled=true", "prometheusRule.labels.release=prometheus",
	"worker.queueAge.enabled=true", "networkPolicy.databaseCIDRs={10.1.0.0/16}", "networkPolicy.s3CIDRs={10.2.0.0/16,10.3.0.0/16}",
	"networkPolicy.extraEgress[0].ports[0].port=6379", "settings.RET_LIMITER=redis", "settings.RET_MAX_TOTAL_BYTES=4GB", "secrets.RET_REDIS=redis",
	"publicURL=https://retable.example.org", "image.tag=v1", "worker.tag=v0", "imagePullSecrets[0].name=registry", "podAnnotations.a=b",
	"nodeSelector.disk=ssd", "tolerations[0].key=batch", "tolerations[0].operator=Exists", "serviceAccount.annotations.role=retable",
	"affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight=1",
	"affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].key=a",
	"affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].operator=Exists",
}

func TestTheChartIsClean(t *testing.T) {
	t.Parallel()
	for _, set := range [][]string{nil, everything} {
		args := []string{"lint", chart, "--strict", "--kube-version", kubernetes, "--set", bucket}
		for _, s := range set {
			args = append(args, "--set", s)
		}
		if out, err := helm(t, args...); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

func TestValuesThatCantBeAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ set, says string }{
		{"blobs=", "name the S3 bucket"},
		{"existingSecret=", "name the Secret"},
		{"ingress.enabled=true", "ingress.host: name the host"},
		{"wroker.replicas=2", "wroker"},
		{"api.replicas=none", "replicas"},
		{"settings.LOG_LEVEL=debug", "LOG_LEVEL"},
		{"blobs=/data", "blobs"},
		{"networkPolicy.s3CIDRs={everywhere}", "s3CIDRs"},
	} {
		if out, err := template(t, kubernetes, c.set); err == nil || !strings.Contains(out, c.says) {
			t.Errorf("%s: %v\n%s", c.set, err, out)
		}
	}
}

func TestEverythingIsThere(t *testing.T) {
	t.Parallel()
	all := rendered(t, everything...)
	for _, name := range []string{
		"Deployment/r-api", "Deployment/r-worker", "HorizontalPodAutoscaler/r-api", "HorizontalPodAutoscaler/r-worker", "PodDisruptionBudget/r-api",
		"PodDisruptionBudget/r-worker", "Job/r-migrate", "Service/r", "Service/r-metrics", "ServiceAccount/r", "NetworkPolicy/r", "Ingress/r", "ServiceMonitor/r", "PrometheusRule/r",
	} {
		if all[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
	hpa := all["HorizontalPodAutoscaler/r-worker"].(*autoscalingv2.HorizontalPodAutoscaler)
	if len(hpa.Spec.Metrics) != 2 || hpa.Spec.Metrics[1].External == nil || hpa.Spec.Metrics[1].External.Metric.Name != "retable_queue_age_seconds" {
		t.Errorf("the workers scale by %+v", hpa.Spec.Metrics)
	}
	for name, want := range map[string]string{"api": "retable:v1", "worker": "retable:v0"} {
		if got := pod(all, name).Containers[0].Image; got != want {
			t.Errorf("%s runs %s, want %s", name, got, want)
		}
	}
	if got := all["Job/r-migrate"].(*batchv1.Job).Spec.Template.Spec.Containers[0].Image; got != "retable:v1" {
		t.Errorf("the migration runs %s", got)
	}
	for name, o := range rendered(t, "networkPolicy.enabled=false", "migrate.enabled=false") {
		for _, off := range []string{"NetworkPolicy/", "Job/", "Ingress/", "ServiceMonitor/", "PrometheusRule/"} {
			if strings.HasPrefix(name, off) {
				t.Errorf("%s is off: %v", name, o)
			}
		}
	}
}

// The alerts ask for the job "retable", and the Prometheus operator takes a job's
// name from the Service.
func TestPrometheusFindsThePodsUnderTheNameThatTheAlertsAskFor(t *testing.T) {
	t.Parallel()
	all := rendered(t, everything...)
	m, service := all["ServiceMonitor/r"].(*monitoringv1.ServiceMonitor), all["Service/r-metrics"].(*corev1.Service)
	if got := service.Labels[m.Spec.JobLabel]; got != "retable" {
		t.Errorf("the job is called %q", got)
	}
	for k, v := range m.Spec.Selector.MatchLabels {
		if service.Labels[k] != v {
			t.Errorf("the monitor asks for %s=%s", k, v)
		}
	}
	rules := all["PrometheusRule/r"].(*monitoringv1.PrometheusRule).Spec.Groups
	if len(rules) != 1 || len(rules[0].Rules) != len(alerts(t)) {
		t.Errorf("the rules are %d groups", len(rules))
	}
	want, err := os.ReadFile("../alerts/retable.yml")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(chart, "files", "alerts.yml")); err != nil || string(got) != string(want) {
		t.Errorf("the chart's alerts are others than build/alerts/retable.yml: copy it to %s/files/alerts.yml (%v)", chart, err)
	}
}

func pod(all map[string]any, role string) corev1.PodSpec {
	if role == "migrate" {
		return all["Job/r-migrate"].(*batchv1.Job).Spec.Template.Spec
	}
	return all["Deployment/r-"+role].(*appsv1.Deployment).Spec.Template.Spec
}

func TestContainersMayDoNothingButTheirWork(t *testing.T) {
	t.Parallel()
	all := rendered(t)
	for _, role := range []string{"api", "worker", "migrate"} {
		p := pod(all, role)
		c := p.Containers[0]
		s, ps := c.SecurityContext, p.SecurityContext
		if !*s.ReadOnlyRootFilesystem || *s.AllowPrivilegeEscalation || !slices.Contains(s.Capabilities.Drop, "ALL") || !*ps.RunAsNonRoot || *p.AutomountServiceAccountToken {
			t.Errorf("%s may do too much: %+v %+v", role, s, ps)
		}
		if c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() || c.Resources.Requests.Memory().IsZero() {
			t.Errorf("%s has no resources", role)
		}
		for _, e := range c.Env {
			secret := strings.Contains(e.Name, "KEY") || e.Name == "RET_DATABASE"
			if secret && (e.Value != "" || e.ValueFrom == nil || e.ValueFrom.SecretKeyRef.Name != "retable") {
				t.Errorf("%s: %s doesn't come from the secret", role, e.Name)
			}
			if role == "worker" && (strings.HasPrefix(e.Name, "RET_JWT") || e.Name == "RET_SEAL_KEY") {
				t.Errorf("a worker needs no %s", e.Name)
			}
		}
	}
	hooks := all["Job/r-migrate"].(*batchv1.Job).Annotations
	if hooks["helm.sh/hook"] != "pre-install,pre-upgrade" {
		t.Errorf("the migration's hook is %q", hooks["helm.sh/hook"])
	}
}

func TestPodsStayWithinTheirLimitsAndLeaveInGoodOrder(t *testing.T) {
	t.Parallel()
	all := rendered(t)
	for _, role := range []string{"api", "worker"} {
		d := all["Deployment/r-"+role].(*appsv1.Deployment)
		if d.Spec.Replicas != nil {
			t.Errorf("%s: the number of replicas is the autoscaler's", role)
		}
		for k, v := range d.Spec.Selector.MatchLabels {
			if d.Spec.Template.Labels[k] != v {
				t.Errorf("%s: its selector asks for %s=%s", role, k, v)
			}
		}
		p := pod(all, role)
		c := p.Containers[0]
		env := map[string]string{}
		for _, e := range c.Env {
			if _, twice := env[e.Name]; twice {
				t.Errorf("%s: %s is set twice", role, e.Name)
			}
			env[e.Name] = e.Value
		}
		if limit, soft := c.Resources.Limits.Memory().Value(), bytes(t, env["GOMEMLIMIT"]); soft > limit*4/5 || soft < limit/2 {
			t.Errorf("%s: GOMEMLIMIT %d doesn't suit the limit %d", role, soft, limit)
		}
		for _, v := range p.Volumes {
			if v.Name == "data" && bytes(t, env["RET_CACHE_BYTES"]) > v.EmptyDir.SizeLimit.Value()*3/5 {
				t.Errorf("%s: a full cache leaves too little of %s, and the pod would be evicted", role, v.EmptyDir.SizeLimit)
			}
		}
		for _, probe := range []*corev1.Probe{c.LivenessProbe, c.ReadinessProbe, c.StartupProbe} {
			if probe == nil {
				t.Errorf("%s: a probe is missing", role)
				continue
			}
			port := ""
			if probe.HTTPGet != nil {
				port = probe.HTTPGet.Port.StrVal
			} else if probe.TCPSocket != nil {
				port = probe.TCPSocket.Port.StrVal
			}
			if !slices.ContainsFunc(c.Ports, func(x corev1.ContainerPort) bool { return x.Name == port }) {
				t.Errorf("%s: a probe asks at the port %q", role, port)
			}
		}
		// Neither the database nor the store may be a reason to kill a process.
		if g := c.LivenessProbe.HTTPGet; g != nil && g.Path != "/health" {
			t.Errorf("%s: its life hangs on %s", role, g.Path)
		}
		if grace := *p.TerminationGracePeriodSeconds; grace < 60+5+10 {
			t.Errorf("%s: %d s are too short for RET_SHUTDOWN_TIMEOUT=%s", role, grace, env["RET_SHUTDOWN_TIMEOUT"])
		}
	}
	if l := pod(all, "api").Containers[0].Lifecycle; l == nil || l.PreStop.Sleep == nil {
		t.Error("an API pod ends before it has left the service")
	}
	if out, err := template(t, "1.28.0"); err != nil || strings.Contains(out, "preStop") {
		t.Errorf("Kubernetes 1.28 can't sleep: %v", err)
	}
}
