import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.codelibs.opensearch.runner.node.OpenSearchRunnerNode;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.plugins.Plugin;

/** A node of a cluster, without TLS and passwords, on the loopback address. */
public class Node {
  /** Its arguments: name, folder, HTTP port, transport port, and of all nodes the transport ports and the names. */
  public static void main(String[] args) throws Exception {
    Path home = Path.of(args[1]).toAbsolutePath();
    for (String folder : List.of("config", "data", "logs", "modules", "plugins", "lib")) {
      Files.createDirectories(home.resolve(folder));
    }
    List<String> seeds = new ArrayList<>();
    for (String port : args[4].split(",")) {
      seeds.add("127.0.0.1:" + port);
    }
    Settings settings = Settings.builder()
        .put("cluster.name", "footnote-tests").put("node.name", args[0])
        .put("path.home", home.toString()).put("path.data", home.resolve("data").toString()).put("path.logs", home.resolve("logs").toString())
        .put("network.host", "127.0.0.1").put("http.port", args[2]).put("transport.port", args[3])
        .put("http.type", "netty4").put("transport.type", "netty4")
        .putList("discovery.seed_hosts", seeds).putList("cluster.initial_cluster_manager_nodes", args[5].split(","))
        .put("cluster.routing.allocation.disk.threshold_enabled", false)
        .build();
    List<Class<? extends Plugin>> plugins = new ArrayList<>();
    for (String name : List.of(
        "org.opensearch.transport.Netty4Plugin", "org.opensearch.analysis.common.CommonAnalysisPlugin",
        "org.opensearch.jobscheduler.JobSchedulerPlugin", "org.opensearch.knn.plugin.KNNPlugin")) {
      plugins.add(Class.forName(name).asSubclass(Plugin.class));
    }
    OpenSearchRunnerNode node = new OpenSearchRunnerNode(new Environment(settings, home.resolve("config")), plugins);
    node.start();
    new CountDownLatch(1).await();
  }
}
