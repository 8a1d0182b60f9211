"""``ros2://[namespace]``: topics for ROS 2, where rclpy is installed (it comes with ROS, not with pip).

``<ns>/weights`` and ``<ns>/flame`` (sensor_msgs/JointState: names and positions, so that any ROS tool can
plot them), ``<ns>/head`` (geometry_msgs/PoseStamped, FLAME axes) and ``<ns>/detected`` (std_msgs/Bool).
"""

from __future__ import annotations

import contextlib
import re
from typing import Any

import numpy as np

from ...base import rotations
from ...base.errors import InputError, MissingDependencyError
from ...base.values import Frame
from . import frames
from .base import Output, StreamContext, parse_url


class Ros2Output(Output):
    """``ros2://`` (namespace ``mp2flame``) or ``ros2://face``; option ``frame_id``."""

    def __init__(self, text: str, context: StreamContext) -> None:
        super().__init__(text, context)
        url = parse_url(text, options=("frame_id",))
        namespace = url.host or "mp2flame"
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", namespace):
            raise InputError(f"ROS 2 namespace {namespace!r} must be lower-case letters, digits and _.")
        try:
            import rclpy
            from geometry_msgs.msg import PoseStamped
            from sensor_msgs.msg import JointState
            from std_msgs.msg import Bool
        except ImportError:
            raise MissingDependencyError(
                "ros2:// needs rclpy, which comes with a ROS 2 installation (https://docs.ros.org): "
                "source its setup file (source /opt/ros/<distro>/setup.bash) and start mp2flame with that "
                "installation's Python."
            ) from None
        self._rclpy: Any = rclpy
        self._types = (JointState, PoseStamped, Bool)
        self._frame_id = url.options.get("frame_id", "camera")
        self._own_init = not rclpy.ok()
        if self._own_init:
            rclpy.init()
        self._node: Any = rclpy.create_node("mp2flame", namespace=namespace)
        # depth 1: a slow subscriber gets the newest, nothing piles up here
        self._topics = {
            name: self._node.create_publisher(kind, name, 1)
            for name, kind in (
                ("weights", JointState), ("flame", JointState), ("head", PoseStamped), ("detected", Bool),
            )
        }  # fmt: skip
        self._flame_names = [
            f"{name}_{i}"
            for name, width in (
                ("expression", context.num_expression), ("jaw_pose", 3), ("eye_pose", 6), ("neck_pose", 3),
            )
            for i in range(width)
        ]  # fmt: skip

    def _send(self, frame: Frame) -> None:
        try:
            self._publish(frame)
            self.stats.sent += 1
        except Exception as error:  # rclpy's own errors after somebody shut ROS down: the loop goes on  # noqa: BLE001
            self.stats.fail(error)

    def _publish(self, frame: Frame) -> None:
        joint_state, pose_stamped, boolean = self._types
        stamp = self._node.get_clock().now().to_msg()
        params = frame.params
        flame = np.concatenate([params.expression, params.jaw_pose, params.eye_pose, params.neck_pose])
        for topic, names, values in (
            ("weights", list(self.context.names), frame.weights),
            ("flame", self._flame_names, flame),
        ):
            message = joint_state()
            message.header.stamp, message.header.frame_id = stamp, self._frame_id
            message.name, message.position = names, np.asarray(values, np.float64).tolist()
            self._topics[topic].publish(message)
        head = pose_stamped()
        head.header.stamp, head.header.frame_id = stamp, self._frame_id
        w, x, y, z = rotations.axis_angle_to_quaternion(frames.head_rotation(params)).tolist()
        q, p = head.pose.orientation, head.pose.position
        q.w, q.x, q.y, q.z = w, x, y, z
        p.x, p.y, p.z = np.asarray(params.transl, np.float64).tolist()
        self._topics["head"].publish(head)
        self._topics["detected"].publish(boolean(data=bool(frame.detected)))

    def _close(self) -> None:
        with contextlib.suppress(Exception):
            self._node.destroy_node()
            if self._own_init:
                self._rclpy.shutdown()
