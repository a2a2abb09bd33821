// embree-rays TASK: the same rays by Embree 3, one at a time on one thread. Prints what ray-task.ts prints.
#include <embree3/rtcore.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <limits>
#include <vector>

static double threadSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  FILE *file = argc > 1 ? fopen(argv[1], "rb") : nullptr;
  uint32_t counts[3];
  if (!file || fread(counts, 4, 3, file) != 3) return 2;
  RTCDevice device = rtcNewDevice("threads=1");
  RTCGeometry mesh = rtcNewGeometry(device, RTC_GEOMETRY_TYPE_TRIANGLE);
  void *positions = rtcSetNewGeometryBuffer(mesh, RTC_BUFFER_TYPE_VERTEX, 0, RTC_FORMAT_FLOAT3, 12, counts[0] / 3);
  void *corners = rtcSetNewGeometryBuffer(mesh, RTC_BUFFER_TYPE_INDEX, 0, RTC_FORMAT_UINT3, 12, counts[1] / 3);
  std::vector<float> rays(counts[2]);
  if (fread(positions, 4, counts[0], file) != counts[0]) return 2;
  if (fread(corners, 4, counts[1], file) != counts[1]) return 2;
  if (fread(rays.data(), 4, counts[2], file) != counts[2]) return 2;
  rtcSetGeometryBuildQuality(mesh, RTC_BUILD_QUALITY_HIGH);
  rtcCommitGeometry(mesh);
  RTCScene scene = rtcNewScene(device);
  rtcSetSceneBuildQuality(scene, RTC_BUILD_QUALITY_HIGH);
  rtcAttachGeometry(scene, mesh);
  rtcCommitScene(scene);

  const int rounds = 5;
  const size_t count = rays.size() / 6;
  size_t hits = 0;
  std::vector<double> seconds;
  for (int round = -1; round < rounds; round++) {
    const double begun = threadSeconds();
    RTCIntersectContext context;
    rtcInitIntersectContext(&context);
    hits = 0;
    for (size_t i = 0; i < count; i++) {
      RTCRayHit query;
      memset(&query, 0, sizeof query);
      const float *ray = &rays[6 * i];
      query.ray.org_x = ray[0];
      query.ray.org_y = ray[1];
      query.ray.org_z = ray[2];
      query.ray.dir_x = ray[3];
      query.ray.dir_y = ray[4];
      query.ray.dir_z = ray[5];
      query.ray.tfar = std::numeric_limits<float>::infinity();
      query.ray.mask = -1;
      query.hit.geomID = RTC_INVALID_GEOMETRY_ID;
      rtcIntersect1(scene, &context, &query);
      if (query.hit.geomID != RTC_INVALID_GEOMETRY_ID) hits++;
    }
    const double took = threadSeconds() - begun;
    if (round >= 0) seconds.push_back(took);
  }
  std::sort(seconds.begin(), seconds.end());
  printf("{\"raysPerSecond\": %.1f, \"hits\": %zu}\n", count / seconds[rounds / 2], hits);
}
