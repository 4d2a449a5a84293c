{{/* What all objects are called: short enough for what is put behind it. */}}
{{- define "operator.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride }}
{{- else if contains .Chart.Name .Release.Name }}
{{- .Release.Name | trunc 53 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 53 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* The operator's pods, and nothing else. */}}
{{- define "operator.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "operator.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "operator.image" -}}
{{- if eq .Values.image.tag "latest" }}
{{- fail "image.tag: latest is another image tomorrow, and pipelines are pinned to the one they were made with: name a version, or give image.digest" }}
{{- end }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}
{{- end }}

{{/* What restricted pod security asks of a container, and a root file system that nobody can write to. */}}
{{- define "operator.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* Of a pod. Its user is the image's. */}}
{{- define "operator.podSecurity" -}}
runAsNonRoot: true
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{/* What the operator does where it looks after pipelines. It reads no Secret. */}}
{{- define "operator.rules" -}}
- apiGroups: [metricspipelines.io]
  resources: [metricspipelines]
  verbs: [list, watch]
- apiGroups: [metricspipelines.io]
  resources: [metricspipelines/status]
  verbs: [patch]
# What it makes is owned by the pipeline and holds up its deletion. Clusters that check who says so, as OpenShift does, ask for this; it is
# used for nothing else, and there is no finalizer.
- apiGroups: [metricspipelines.io]
  resources: [metricspipelines/finalizers]
  verbs: [update]
# All it makes is written by server-side apply, which is a patch, and a creation when there is no such object yet.
- apiGroups: [""]
  resources: [serviceaccounts, configmaps, services]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [apps]
  resources: [deployments, controllerrevisions]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [batch]
  resources: [jobs, cronjobs]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [list, watch, create, patch, delete]
# Where there is such a kind: it comes with Prometheus's operator.
- apiGroups: [monitoring.coreos.com]
  resources: [servicemonitors]
  verbs: [list, watch, create, patch, delete]
# Why a pod does not run is told by the pod.
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{/* The pod of `helm test`. */}}
{{- define "operator.testLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: test
{{- end }}
